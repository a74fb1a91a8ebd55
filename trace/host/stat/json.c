/* SPDX-License-Identifier: MIT */
/* The report as a line of JSON. */
#include "trace/host/show/json.h"

#include "trace/host/stat/report.h"

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
    char text[REPORT_KEY];

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
        json_member_unsigned(json, "vcpu", i);
        json_member_unsigned(json, "exits", vcpu->exits);
        json_member_unsigned(json, "guest", vcpu->guest);
        json_member_unsigned(json, "vmm", vcpu->vmm);
        json_member_unsigned(json, "unknown", vcpu->unknown);
        json_member_unsigned(json, "lost_records", vcpu->lost);
        json_member_unsigned(json, "missing_records", vcpu->missing);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_own_row(struct json *json, const struct report *report, unsigned vcpu, unsigned i)
{
    const struct statistics_row *vmm = &report->own.vcpu[vcpu]->vmm.row[i];
    const struct statistics_row *log = &report->own.vcpu[vcpu]->log.row[i];

    json_begin_object(json);
    json_member_unsigned(json, "vcpu", vcpu);
    json_member_string(json, "reason", schema_statistics_name(&report->schema, i));
    json_member_unsigned(json, "count", vmm->count);
    json_member_unsigned(json, "total", vmm->sum);
    json_member_unsigned(json, "min", vmm->min);
    json_member_unsigned(json, "max", vmm->max);
    json_member_unsigned(json, "count_in_log", log->count);
    json_member_unsigned(json, "total_in_log", log->sum);
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
    json_member_string(json, "verdict", words[worst]);
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
    json_member_unsigned(json, "run", report->runs + 1);
    json_member_string(json, "version", run->start.version);
    json_member_string(json, "options", run->start.options);
    json_member_unsigned(json, "tsc_hz", run->start.tsc_hz);
    json_member_unsigned(json, "records", run->records);
    json_member_unsigned(json, "markers", run->markers);
    json_member_unsigned(json, "lost_records", run->lost);
    json_member_unsigned(json, "missing_records", run->missing_records);
    json_member_unsigned(json, "missing_frames", run->missing_frames);
    json_member_unsigned(json, "damaged_bytes", run->damaged_bytes);
    json_key(json, "complete");
    json_bool(json, log_run_complete(run));
    json_key(json, "end");
    if (run->has_end) {
        json_begin_object(json);
        json_member_unsigned(json, "status", run->end.status);
        json_member_string(json, "reason", run->end.reason);
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
