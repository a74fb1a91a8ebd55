/* SPDX-License-Identifier: MIT */
/* The report as tables to read. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/host/show/table.h"
#include "trace/host/stat/report.h"

enum {
    TIME_TEXT = 40,
    TIMES = 8, /* columns that only exits with a time have */
};

/* How the figures of a table are told. */
struct style {
    uint64_t tsc_hz;       /* 0: times are ticks */
    double seconds;        /* for rates; 0: not known */
    uint64_t count, ticks; /* of all rows, for shares */
};

/* A figure that losses touch has a mark behind it: at least that much, or about that much. */
static const char *at_least(bool touched)
{
    return touched ? "+" : "";
}

static const char *about(bool touched)
{
    return touched ? "~" : "";
}

/* A time in ticks, or in microseconds with three digits after the point. */
static const char *time_text(char text[TIME_TEXT], const struct style *style, double ticks)
{
    if (style->tsc_hz)
        snprintf(text, TIME_TEXT, "%.3f", ticks * 1e6 / (double)style->tsc_hz);
    else
        snprintf(text, TIME_TEXT, "%.0f", ticks);
    return text;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void time_cell(struct table *table, const struct style *style, double ticks,
                      const char *mark)
{
    char text[TIME_TEXT];

    table_cell(table, "%s%s", time_text(text, style, ticks), mark);
}

static void add_figures(struct table *table, const struct style *style,
                        const struct report_row *row)
{
    const struct group *group = row->group;
    bool touched = row->lost || row->missing || group->lacks_count || group->lacks_ticks;

    table_cell(table, "%" PRIu64 "%s", group->count, at_least(touched));
    if (style->seconds > 0)
        table_cell(table, "%.1f%s", (double)group->count / style->seconds, at_least(touched));
    table_cell(table, "%.2f%%%s", percent(group->count, style->count), about(touched));
    if (report_timed(group)) {
        time_cell(table, style, (double)group->sum, at_least(touched));
        table_cell(table, "%.2f%%%s", percent(group->sum, style->ticks), about(touched));
        time_cell(table, style, (double)group->min, about(touched));
        time_cell(table, style, (double)group->sum / (double)report_timed(group), about(touched));
        time_cell(table, style, (double)row->p50, about(touched));
        time_cell(table, style, (double)row->p95, about(touched));
        time_cell(table, style, (double)row->p99, about(touched));
        time_cell(table, style, (double)group->max, at_least(touched));
    } else {
        for (unsigned i = 0; i < TIMES; i++)
            table_cell(table, "%s", "");
    }
}

static void add_columns(struct table *table, const struct report *report, const struct style *style)
{
    static const char *const headings[] = { "%exits", "total", "%time", "min", "mean",
                                            "p50",    "p95",   "p99",   "max" };

    for (unsigned i = 0; i < report->by.n; i++)
        table_column(table, report->by.column[i].name, true);
    table_column(table, "count", false);
    if (style->seconds > 0)
        table_column(table, "exits/s", false);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(table, headings[i], false);
    for (const char *const *more = report->more_columns; more && *more; more++)
        table_column(table, *more, true);
}

/* A row for what is not told apart: its name in the first column. */
static void add_sum(struct table *table, const struct report *report, const struct style *style,
                    const char *name, const struct report_row *row)
{
    table_cell(table, "%s", name);
    for (unsigned i = 1; i < report->by.n; i++)
        table_cell(table, "%s", "");
    add_figures(table, style, row);
    table_end_row(table);
}

static void print_groups(struct report *report, const struct style *style)
{
    struct table table = { 0 };
    unsigned shown = report->rows < report->top ? report->rows : report->top;
    char text[COLUMN_TEXT];

    add_columns(&table, report, style);
    for (unsigned r = 0; r < shown; r++) {
        for (unsigned i = 0; i < report->by.n; i++) {
            report_key(text, report, report->row[r].group, i);
            table_cell(&table, "%s", text);
        }
        add_figures(&table, style, &report->row[r]);
        if (report->more_cells)
            report->more_cells(report, report->row[r].group, &table);
        table_end_row(&table);
    }
    if (report->other.group->count)
        add_sum(&table, report, style, "other", &report->other);
    if (report->rows > 1 && report->all.group->count)
        add_sum(&table, report, style, "all", &report->all);
    table_print(&table, &report->output);
    if (shown < report->rows)
        output_print(&report->output, "%u more rows, which --top=%u shows\n", report->rows - shown,
                     report->rows);
}

/* What the marks mean, and where the figures come from. */
static void print_legend(struct report *report, const struct style *style)
{
    struct output *output = &report->output;
    const struct groups *groups = &report->groups;
    char count[TIME_TEXT];

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
                     groups->folded_count, time_text(count, style, (double)groups->folded_ticks));
}

static void print_stopped(struct report *report)
{
    for (unsigned r = 0; r < report->rows; r++) {
        const struct group *group = report->row[r].group;

        if (group->stopped)
            output_print(&report->output,
                         "stopped: %" PRIu64 " %s exit ended the run and has no time\n",
                         group->stopped, schema_name(&report->schema.row[group->row]));
    }
}

/* Where the time of each vCPU went. */
static void print_vcpus(struct report *report, const struct style *style)
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
        time_cell(&table, style, (double)vcpu->guest, at_least(touched));
        table_cell(&table, "%.2f%%%s", percent(vcpu->guest, whole), about(touched));
        time_cell(&table, style, (double)vcpu->vmm, at_least(touched));
        table_cell(&table, "%.2f%%%s", percent(vcpu->vmm, whole), about(touched));
        time_cell(&table, style, (double)vcpu->unknown, "");
        table_cell(&table, "%" PRIu64, vcpu->lost);
        table_cell(&table, "%" PRIu64, vcpu->missing);
    }
    output_print(&report->output, "\n");
    table_print(&table, &report->output);
}

/* The VMM's own statistics */

static void add_own_row(struct table *table, const struct style *style,
                        const struct statistics_row *vmm, const struct statistics_row *log)
{
    const double times[] = {
        (double)vmm->min,
        (double)vmm->sum / (double)vmm->count,
        (double)statistics_percentile(vmm, 500),
        (double)statistics_percentile(vmm, 950),
        (double)statistics_percentile(vmm, 990),
        (double)vmm->max,
    };

    table_cell(table, "%" PRIu64, vmm->count);
    table_cell(table, "%" PRId64, (int64_t)(vmm->count - log->count));
    time_cell(table, style, (double)vmm->sum, "");
    time_cell(table, style, (double)vmm->sum - (double)log->sum, "");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        time_cell(table, style, times[i], "");
}

/* The statistics of a vCPU, where they are not what the records say. */
static void add_own(struct table *table, const struct report *report, const struct style *style,
                    unsigned number)
{
    const struct own_statistics_vcpu *vcpu = report->own.vcpu[number];

    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        if (!vcpu->vmm.row[i].count)
            continue;
        table_cell(table, "%u", number);
        table_cell(
            table, "%s",
            schema_name(schema_row(&report->schema, i < EXIT_REASONS ? i : EXIT_REASON_BASIC)));
        add_own_row(table, style, &vcpu->vmm.row[i], &vcpu->log.row[i]);
    }
}

static void print_own_table(struct report *report, const struct style *style,
                            const enum own_verdict verdict[END_VCPUS])
{
    static const char *const headings[] = { "count", "not in log", "total", "not in log", "min",
                                            "mean",  "p50",        "p95",   "p99",        "max" };
    struct table table = { 0 };

    output_print(&report->output,
                 "\nThe VMM's own statistics, complete though records were lost or "
                 "are missing; percentiles are upper bounds:\n\n");
    table_column(&table, "vCPU", true);
    table_column(&table, "reason", true);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(&table, headings[i], false);
    for (unsigned i = 0; i < END_VCPUS; i++)
        if (verdict[i] == OWN_MORE || verdict[i] == OWN_DIFFERS)
            add_own(&table, report, style, i);
    table_print(&table, &report->output);
}

static void print_own(struct report *report, const struct style *style)
{
    enum own_verdict verdict[END_VCPUS];
    unsigned of[OWN_DIFFERS + 1] = { 0 };

    for (unsigned i = 0; i < END_VCPUS; i++)
        of[verdict[i] = report->verdict[i]]++;
    if (of[OWN_MORE] || of[OWN_DIFFERS])
        print_own_table(report, style, verdict);
    else if (of[OWN_SAME])
        output_print(&report->output, "The VMM's own statistics are the same.\n");
    if (of[OWN_DIFFERS])
        output_print(&report->output, "\n");
    for (unsigned i = 0; i < END_VCPUS; i++)
        if (verdict[i] == OWN_DIFFERS)
            own_statistics_differences(&report->own, i, &report->schema, &report->output);
}

/* The parts of the report */

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
    struct style style = {
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
    print_groups(report, &style);
    print_legend(report, &style);
    print_stopped(report);
    if (!report->only_groups) {
        print_own(report, &style);
        print_vcpus(report, &style);
    }
    print_tail(report, run);
}
