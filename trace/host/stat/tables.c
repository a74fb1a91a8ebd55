/* SPDX-License-Identifier: MIT */
/* The report as tables to read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/host/stat/tables.h"

const char *report_time_text(char text[REPORT_TIME_TEXT], const struct report_style *style,
                             double ticks)
{
    if (style->tsc_hz)
        snprintf(text, REPORT_TIME_TEXT, "%.3f", ticks * 1e6 / (double)style->tsc_hz);
    else
        snprintf(text, REPORT_TIME_TEXT, "%.0f", ticks);
    return text;
}

void report_time_cell(struct table *table, const struct report_style *style, double ticks,
                      const char *mark)
{
    char text[REPORT_TIME_TEXT];

    table_cell(table, "%s%s", report_time_text(text, style, ticks), mark);
}

/* What the marks mean, and where the figures come from. */
static void print_legend(struct report *report, const struct report_style *style)
{
    struct output *output = &report->output;
    const struct groups *groups = &report->groups;
    char count[REPORT_TIME_TEXT];

    output_print(
        output,
        "\nTimes are %s from exit to entry; percentiles are within " HISTOGRAM_ERROR_PERCENT
        " %%.\n",
        style->tsc_hz ? "microseconds" : "TSC ticks");
    if (report->all.lost || report->all.missing)
        output_print(output,
                     "+ at least, ~ about: the VMM had no room for %" PRIu64
                     " records, and %" PRIu64 " are missing in the log.\n",
                     report->all.lost, report->all.missing);
    if (groups->foldings)
        output_print(output,
                     "other: there were more groups than memory for them, and the lightest were "
                     "summed up. None\nof them has more than %" PRIu64
                     " exits or more than %s of time. + at least, ~ about: a group that\n"
                     "came late, and lacks no more than that.\n",
                     groups->folded_count,
                     report_time_text(count, style, (double)groups->folded_ticks));
}

/* Several of one reason are those of an imported trace: exits whose entry it does not have. */
static void print_stopped(struct report *report)
{
    for (unsigned row = 0; row <= SCHEMA_ROWS; row++)
        if (report->stopped[row])
            output_print(&report->output, "stopped: %" PRIu64 " %s %s\n", report->stopped[row],
                         schema_name(&report->schema.row[row]),
                         report->stopped[row] == 1 ? "exit ended the run and has no time"
                                                   : "exits have no entry, and no time");
}

/* Where the time of each vCPU went. */
static void print_vcpus(struct report *report, const struct report_style *style)
{
    static const char *const headings[] = { "exits", "in guest", "%guest", "in VMM",
                                            "%VMM",  "unknown",  "lost",   "missing" };
    struct table table = { 0 };

    table_column(&table, "vCPU", true);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(&table, headings[i], false);
    for (unsigned i = 0; i < report->vcpus.n; i++) {
        const struct vcpu_time *vcpu = &report->vcpus.vcpu[i];
        uint64_t whole = vcpu->guest + vcpu->vmm + vcpu->unknown;
        bool touched = vcpu->lost || vcpu->missing;

        if (!vcpu->seen)
            continue;
        table_cell(&table, "%u", i);
        table_cell(&table, "%" PRIu64 "%s", vcpu->exits, at_least(touched));
        report_time_cell(&table, style, (double)vcpu->guest, at_least(touched));
        table_cell(&table, "%.2f%%%s", percent(vcpu->guest, whole), about(touched));
        report_time_cell(&table, style, (double)vcpu->vmm, at_least(touched));
        table_cell(&table, "%.2f%%%s", percent(vcpu->vmm, whole), about(touched));
        report_time_cell(&table, style, (double)vcpu->unknown, "");
        table_cell(&table, "%" PRIu64, vcpu->lost);
        table_cell(&table, "%" PRIu64, vcpu->missing);
    }
    output_print(&report->output, "\n");
    table_print(&table, &report->output);
}

static void print_head(struct report *report, const struct log_run *run)
{
    struct output *output = &report->output;

    if (report->runs)
        output_print(output, "\nrun %u\n\n", report->runs + 1);
    if (!run->has_start)
        return;
    output_print(output, "vexit %s, %" PRIu32 " vCPU%s, TSC ", run->start.version, run->start.vcpus,
                 run->start.vcpus == 1 ? "" : "s");
    if (run->start.tsc_hz)
        output_print(output, "%" PRIu64 " Hz\n", run->start.tsc_hz);
    else
        output_print(output, "frequency not known\n");
    log_put_line(output, "options: ", run->start.options, strlen(run->start.options));
    output_print(output, "\n");
}

static void print_tail(struct report *report, const struct log_run *run)
{
    struct output *output = &report->output;
    char verdict[512];

    output_print(output, "\nrecords: %" PRIu64 "\nmarkers: %" PRIu64 "\nlost: %" PRIu64 "\n",
                 run->records, run->markers, run->lost);
    if (run->has_end) {
        output_print(output, "end: status %" PRIu32 "%s", run->end.status,
                     run->end.status ? "" : " (success)");
        log_put_line(output, ": ", run->end.reason, strlen(run->end.reason));
    }
    for (unsigned i = 0; i < report->notes && i < REPORT_NOTES; i++)
        log_put_line(output, "", report->note[i], strlen(report->note[i]));
    if (report->notes > REPORT_NOTES)
        output_print(output, "... and %" PRIu64 " more such lines, which decode prints\n",
                     report->notes - REPORT_NOTES);
    log_verdict(verdict, sizeof(verdict), run);
    output_print(output, "log: %s\n", verdict);
}

void report_text(struct report *report, const struct log_run *run)
{
    struct report_style style = {
        .tsc_hz = report->microseconds ? run->start.tsc_hz : 0,
        .seconds = report_seconds(report, run),
        .count = report->sum.count,
        .ticks = report->sum.sum,
    };

    print_head(report, run);
    if (report->microseconds && !style.tsc_hz)
        output_print(&report->output,
                     "The log does not tell the TSC frequency; times are ticks.\n");
    if (report->filter.active)
        output_print(&report->output, "Of %" PRIu64 " exits %" PRIu64 " pass the filter.\n\n",
                     report->exits, report->sum.count);
    report_print_groups(report, &style);
    print_legend(report, &style);
    print_stopped(report);
    if (!report->only_groups) {
        report_print_own(report, &style);
        print_vcpus(report, &style);
    }
    print_tail(report, run);
}
