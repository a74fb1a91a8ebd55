/* SPDX-License-Identifier: MIT */
/* The report as a line of JSON. */
#include "trace/host/show/json.h"

#include "trace/host/stat/report.h"

static void put_number(struct json *json, const char *name, uint64_t value)
{
    json_key(json, name);
    json_unsigned(json, value);
}

static void put_text(struct json *json, const char *name, const char *text)
{
    json_key(json, name);
    json_string(json, text);
}

static void put_figures(struct json *json, struct report *report, const struct report_row *row,
                        double seconds)
{
    struct figure figure[REPORT_FIGURES_MAX];
    unsigned n = report_figures(figure, report, row, seconds);

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

static void put_groups(struct json *json, struct report *report, double seconds)
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
        put_figures(json, report, &report->row[r], seconds);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_sum(struct json *json, const char *name, struct report *report,
                    const struct report_row *row, double seconds)
{
    json_key(json, name);
    json_begin_object(json);
    put_figures(json, report, row, seconds);
    json_end_object(json);
}

static void put_vcpus(struct json *json, const struct report *report)
{
    json_key(json, "vcpus");
    json_begin_array(json);
    for (unsigned i = 0; i < report->vcpus.n; i++) {
        const struct vcpu_time *vcpu = &report->vcpus.vcpu[i];

        if (!vcpu->seen)
            continue;
        json_begin_object(json);
        put_number(json, "vcpu", i);
        put_number(json, "exits", vcpu->exits);
        put_number(json, "guest", vcpu->guest);
        put_number(json, "vmm", vcpu->vmm);
        put_number(json, "unknown", vcpu->unknown);
        put_number(json, "lost_records", vcpu->lost);
        put_number(json, "missing_records", vcpu->missing);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_own_row(struct json *json, const struct report *report, unsigned vcpu, unsigned i)
{
    const struct statistics_row *vmm = &report->own.vcpu[vcpu]->vmm.row[i];
    const struct statistics_row *log = &report->own.vcpu[vcpu]->log.row[i];

    json_begin_object(json);
    put_number(json, "vcpu", vcpu);
    put_text(json, "reason",
             schema_name(schema_row(&report->schema, i < EXIT_REASONS ? i : EXIT_REASON_BASIC)));
    put_number(json, "count", vmm->count);
    put_number(json, "total", vmm->sum);
    put_number(json, "min", vmm->min);
    put_number(json, "max", vmm->max);
    put_number(json, "count_in_log", log->count);
    put_number(json, "total_in_log", log->sum);
    json_end_object(json);
}

static void put_own(struct json *json, const struct report *report)
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
    put_text(json, "verdict", words[worst]);
    json_key(json, "rows");
    json_begin_array(json);
    for (unsigned v = 0; v < END_VCPUS; v++)
        for (unsigned i = 0; report->verdict[v] != OWN_NOT_SENT && i < STATISTICS_ROWS; i++)
            if (report->own.vcpu[v]->vmm.row[i].count || report->own.vcpu[v]->log.row[i].count)
                put_own_row(json, report, v, i);
    json_end_array(json);
    json_end_object(json);
}

static void put_run(struct json *json, const struct report *report, const struct log_run *run)
{
    put_number(json, "run", report->runs + 1);
    put_text(json, "version", run->start.version);
    put_text(json, "options", run->start.options);
    put_number(json, "tsc_hz", run->start.tsc_hz);
    put_number(json, "records", run->records);
    put_number(json, "markers", run->markers);
    put_number(json, "lost_records", run->lost);
    put_number(json, "missing_records", run->missing_records);
    put_number(json, "missing_frames", run->missing_frames);
    put_number(json, "damaged_bytes", run->damaged_bytes);
    json_key(json, "complete");
    json_bool(json, log_run_complete(run));
    json_key(json, "end");
    if (run->has_end) {
        json_begin_object(json);
        put_number(json, "status", run->end.status);
        put_text(json, "reason", run->end.reason);
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
    put_run(&json, report, run);
    put_groups(&json, report, seconds);
    put_sum(&json, "other", report, &report->other, seconds);
    put_sum(&json, "all", report, &report->all, seconds);
    put_vcpus(&json, report);
    put_own(&json, report);
    json_key(&json, "notes");
    json_begin_array(&json);
    for (unsigned i = 0; i < report->notes && i < REPORT_NOTES; i++)
        json_string(&json, report->note[i]);
    json_end_array(&json);
    json_end_object(&json);
    json_newline(&json);
}
