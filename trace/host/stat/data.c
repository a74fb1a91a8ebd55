/* SPDX-License-Identifier: MIT */
/* The report for other programs: comma-separated values, and JSON. */
#include <inttypes.h>
#include <string.h>

#include "trace/host/show/json.h"
#include "trace/host/stat/report.h"

enum { FIGURES = 15, FIGURES_MAX = FIGURES + REPORT_MORE_FIGURES };

static struct figure number(const char *name, uint64_t value)
{
    return (struct figure){ .name = name, .form = FIGURE_NUMBER, .number = value };
}

static struct figure real(const char *name, double value)
{
    return (struct figure){ .name = name, .form = FIGURE_REAL, .real = value };
}

/* A figure that exits without a time do not have. */
static struct figure timed(struct figure figure, const struct group *group)
{
    if (!report_timed(group))
        figure.form = FIGURE_NONE;
    return figure;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* The figures of a row, in both forms under these names. Returns how many there are. */
static unsigned figures_of(struct figure figure[FIGURES_MAX], struct report *report,
                           const struct report_row *row, double seconds)
{
    const struct group *group = row->group;
    uint64_t n = report_timed(group);
    const struct figure all[FIGURES] = {
        number("count", group->count),
        number("stopped", group->stopped),
        real("per_second", seconds > 0 ? (double)group->count / seconds : 0),
        real("share", share(group->count, report->sum.count)),
        number("total", group->sum),
        real("time_share", share(group->sum, report->sum.sum)),
        timed(number("min", group->min), group),
        timed(real("mean", n ? (double)group->sum / (double)n : 0), group),
        timed(number("p50", row->p50), group),
        timed(number("p95", row->p95), group),
        timed(number("p99", row->p99), group),
        timed(number("max", group->max), group),
        number("lost_records", row->lost),
        number("missing_records", row->missing),
        number("folded_at_most", group->lacks_count),
    };

    memcpy(figure, all, sizeof(all));
    if (seconds <= 0)
        figure[2].form = FIGURE_NONE;
    if (!report->more_figures)
        return FIGURES;

    bool one = row != &report->other && row != &report->all;

    return FIGURES + report->more_figures(report, one ? group : NULL, &figure[FIGURES]);
}

/* Comma-separated values */

/* In quotes (RFC 4180) where it has characters that mean something. */
static void csv_text(struct output *output, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        output_print(output, "%s", text);
        return;
    }
    output_print(output, "\"");
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1)
        output_print(output, "%.*s\"\"", (int)(quote - text), text);
    output_print(output, "%s\"", text);
}

static void csv_figure(struct output *output, const struct figure *figure)
{
    output_print(output, ",");
    switch (figure->form) {
    case FIGURE_NONE:
        break;
    case FIGURE_NUMBER:
        output_print(output, "%" PRIu64, figure->number);
        break;
    case FIGURE_REAL:
        output_print(output, "%.6f", figure->real);
        break;
    case FIGURE_TEXT:
        csv_text(output, figure->text);
    }
}

static void csv_row(struct report *report, const struct report_row *row, const char *name,
                    double seconds)
{
    struct output *output = &report->output;
    struct figure figure[FIGURES_MAX];
    unsigned n = figures_of(figure, report, row, seconds);
    char text[COLUMN_TEXT];

    output_print(output, "%u", report->runs + 1);
    for (unsigned i = 0; i < report->by.n; i++) {
        if (!name)
            report_key(text, report, row->group, i);
        output_print(output, ",");
        csv_text(output, !name ? text : i ? "" : name);
    }
    for (unsigned i = 0; i < n; i++)
        csv_figure(output, &figure[i]);
    output_print(output, "\n");
}

static void csv_head(struct report *report)
{
    struct figure figure[FIGURES_MAX];
    unsigned n = figures_of(figure, report, &report->all, 0);

    output_print(&report->output, "run");
    for (unsigned i = 0; i < report->by.n; i++)
        output_print(&report->output, ",%s", report->by.column[i].name);
    for (unsigned i = 0; i < n; i++)
        output_print(&report->output, ",%s", figure[i].name);
    output_print(&report->output, "\n");
}

void report_csv(struct report *report, const struct log_run *run)
{
    double seconds = report_seconds(report, run);

    if (!report->runs)
        csv_head(report);
    for (unsigned i = 0; i < report->rows; i++)
        csv_row(report, &report->row[i], NULL, seconds);
    if (report->other.group->count)
        csv_row(report, &report->other, "other", seconds);
}

/* JSON */

static void json_number(struct json *json, const char *name, uint64_t value)
{
    json_key(json, name);
    json_unsigned(json, value);
}

static void json_text(struct json *json, const char *name, const char *text)
{
    json_key(json, name);
    json_string(json, text);
}

static void json_figures(struct json *json, struct report *report, const struct report_row *row,
                         double seconds)
{
    struct figure figure[FIGURES_MAX];
    unsigned n = figures_of(figure, report, row, seconds);

    for (unsigned i = 0; i < n; i++) {
        json_key(json, figure[i].name);
        switch (figure[i].form) {
        case FIGURE_NONE:
            json_null(json);
            break;
        case FIGURE_NUMBER:
            json_unsigned(json, figure[i].number);
            break;
        case FIGURE_REAL:
            json_real(json, figure[i].real, 6);
            break;
        case FIGURE_TEXT:
            json_string(json, figure[i].text);
        }
    }
}

static void json_groups(struct json *json, struct report *report, double seconds)
{
    char text[COLUMN_TEXT];

    json_key(json, "groups");
    json_begin_array(json);
    for (unsigned r = 0; r < report->rows; r++) {
        const struct group *group = report->row[r].group;

        json_begin_object(json);
        for (unsigned i = 0; i < report->by.n; i++) {
            report_key(text, report, group, i);
            json_key(json, report->by.column[i].name);
            if (group->present >> i & 1)
                json_string(json, text);
            else
                json_null(json);
        }
        json_figures(json, report, &report->row[r], seconds);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_sum(struct json *json, const char *name, struct report *report,
                     const struct report_row *row, double seconds)
{
    json_key(json, name);
    json_begin_object(json);
    json_figures(json, report, row, seconds);
    json_end_object(json);
}

static void json_vcpus(struct json *json, const struct report *report)
{
    json_key(json, "vcpus");
    json_begin_array(json);
    for (unsigned i = 0; i < report->vcpus.n; i++) {
        const struct vcpu_time *vcpu = &report->vcpus.vcpu[i];

        if (!vcpu->seen)
            continue;
        json_begin_object(json);
        json_number(json, "vcpu", i);
        json_number(json, "exits", vcpu->exits);
        json_number(json, "guest", vcpu->guest);
        json_number(json, "vmm", vcpu->vmm);
        json_number(json, "unknown", vcpu->unknown);
        json_number(json, "lost_records", vcpu->lost);
        json_number(json, "missing_records", vcpu->missing);
        json_end_object(json);
    }
    json_end_array(json);
}

static void json_own_row(struct json *json, const struct report *report, unsigned vcpu, unsigned i)
{
    const struct statistics_row *vmm = &report->own.vcpu[vcpu]->vmm.row[i];
    const struct statistics_row *log = &report->own.vcpu[vcpu]->log.row[i];

    json_begin_object(json);
    json_number(json, "vcpu", vcpu);
    json_text(json, "reason",
              schema_name(schema_row(&report->schema, i < EXIT_REASONS ? i : EXIT_REASON_BASIC)));
    json_number(json, "count", vmm->count);
    json_number(json, "total", vmm->sum);
    json_number(json, "min", vmm->min);
    json_number(json, "max", vmm->max);
    json_number(json, "count_in_log", log->count);
    json_number(json, "total_in_log", log->sum);
    json_end_object(json);
}

static void json_own(struct json *json, const struct report *report)
{
    static const char *const words[] = {
        [OWN_SAME] = "same", [OWN_MORE] = "more", [OWN_DIFFERS] = "differs"
    };
    enum own_verdict worst = OWN_NOT_SENT;

    for (unsigned i = 0; i < END_VCPUS; i++)
        if (report->verdict[i] > worst)
            worst = report->verdict[i];
    json_key(json, "vmm_statistics");
    if (worst == OWN_NOT_SENT) {
        json_null(json);
        return;
    }
    json_begin_object(json);
    json_text(json, "verdict", words[worst]);
    json_key(json, "rows");
    json_begin_array(json);
    for (unsigned v = 0; v < END_VCPUS; v++)
        for (unsigned i = 0; report->verdict[v] != OWN_NOT_SENT && i < STATISTICS_ROWS; i++)
            if (report->own.vcpu[v]->vmm.row[i].count || report->own.vcpu[v]->log.row[i].count)
                json_own_row(json, report, v, i);
    json_end_array(json);
    json_end_object(json);
}

static void json_run(struct json *json, const struct report *report, const struct log_run *run)
{
    json_number(json, "run", report->runs + 1);
    json_text(json, "version", run->start.version);
    json_text(json, "options", run->start.options);
    json_number(json, "tsc_hz", run->start.tsc_hz);
    json_number(json, "records", run->records);
    json_number(json, "markers", run->markers);
    json_number(json, "lost_records", run->lost);
    json_number(json, "missing_records", run->missing_records);
    json_number(json, "missing_frames", run->missing_frames);
    json_number(json, "damaged_bytes", run->damaged_bytes);
    json_key(json, "complete");
    json_bool(json, log_run_complete(run));
    json_key(json, "end");
    if (run->has_end) {
        json_begin_object(json);
        json_number(json, "status", run->end.status);
        json_text(json, "reason", run->end.reason);
        json_end_object(json);
    } else {
        json_null(json);
    }
}

void report_json(struct report *report, const struct log_run *run)
{
    double seconds = report_seconds(report, run);
    struct json json;

    json_begin(&json, &report->output);
    json_begin_object(&json);
    json_run(&json, report, run);
    json_groups(&json, report, seconds);
    json_sum(&json, "other", report, &report->other, seconds);
    json_sum(&json, "all", report, &report->all, seconds);
    json_vcpus(&json, report);
    json_own(&json, report);
    json_key(&json, "notes");
    json_begin_array(&json);
    for (unsigned i = 0; i < report->notes && i < REPORT_NOTES; i++)
        json_string(&json, report->note[i]);
    json_end_array(&json);
    json_end_object(&json);
    json_newline(&json);
}
