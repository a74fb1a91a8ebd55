/* SPDX-License-Identifier: MIT */
/* Gathers what the report tells, from the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/stat/report.h"

enum { TOP = 100 };

/* The columns by the names that are in force. */
static void resolve(struct report *report)
{
    const char *unknown = columns_resolve(&report->by, &report->schema);

    report->resolved = true;
    if (!unknown)
        return;
    log_complain("--by", "the log knows nothing of the name '%s'; there are %s", unknown,
                 columns_names);
    report->failed = true;
}

static void take_element(void *context, const struct trace_element *element)
{
    struct report *report = context;
    bool is_exit = element->kind <= TRACE_EXIT_ONLY;
    enum filter_verdict verdict = FILTER_PASS;

    if (!report->resolved)
        resolve(report);
    if (report->filter.active)
        verdict = filter_judge(&report->filter, element);
    report->failed |= report->filter.failed;
    if (report->failed)
        return;
    vcpus_add(&report->vcpus, element, verdict != FILTER_OUTSIDE);
    if (!is_exit)
        return;
    report->exits++;
    if (!own_statistics_add(&report->own, element))
        report->out_of_memory = true;
    if (verdict != FILTER_PASS)
        return;
    groups_add(&report->groups, element);
    if (element->kind == TRACE_EXIT_ONLY)
        report->stopped[columns_row(element)]++;
}

static void take_gap(void *context, uint16_t vcpu, uint64_t records)
{
    struct report *report = context;

    (void)records;
    vcpus_gap(&report->vcpus, vcpu);
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct report *report = context;

    schema_begin(&report->schema);
    schema_read(&report->schema, payload, n);
    filter_take_start(&report->filter, start->tsc_hz);
    report->failed |= report->filter.failed;
    resolve(report);
}

static void take_statistics(void *context, uint16_t vcpu, const struct statistics *statistics)
{
    struct report *report = context;

    if (!own_statistics_take(&report->own, vcpu, statistics))
        report->out_of_memory = true;
}

static void keep_note(void *context, const char *note)
{
    struct report *report = context;

    if (report->notes++ < REPORT_NOTES)
        snprintf(report->note[report->notes - 1], REPORT_NOTE_SIZE, "%s", note);
}

static void begin_run(struct report *report)
{
    schema_begin(&report->schema);
    filter_begin_run(&report->filter, &report->schema);
    report->resolved = false;
    report->notes = report->exits = 0;
    memset(report->stopped, 0, sizeof(report->stopped));
}

static void tell(struct report *report, const struct log_run *run)
{
    if (report->json)
        report_json(report, run);
    else if (report->csv)
        report_csv(report, run);
    else
        report_text(report, run);
}

static void end_run(void *context, const struct log_run *run)
{
    struct report *report = context;

    if (run->frames && !report->failed) {
        if (!report->resolved)
            resolve(report);
        report_finish(report, run);
        tell(report, run);
        report->runs++;
    }
    report->out_of_memory |= report->vcpus.out_of_memory;
    groups_clear(&report->groups);
    vcpus_clear(&report->vcpus);
    own_statistics_clear(&report->own);
    begin_run(report);
}

/* The columns of --by. What `detail` means depends on the reason, which then comes before it. */
bool report_parse_by(struct report *report, const char *list)
{
    static const char reason[] = "reason,", detail[] = "detail";
    const char *place = strstr(list, detail);
    char text[GROUP_COLUMNS * COLUMN_TEXT];

    if (strlen(list) + sizeof(reason) > sizeof(text))
        return false;
    if (place && !strstr(list, "reason"))
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(place - list), list, reason, place);
    else
        snprintf(text, sizeof(text), "%s", list);
    return columns_parse(&report->by, text) && report->by.n <= GROUP_COLUMNS;
}

bool report_begin(struct report *report)
{
    log_options_begin(&report->log);
    report->log.stop = &report->failed;
    report->top = TOP;
    report->output.fd = STDOUT_FILENO;
    report_parse_by(report, "reason");
    return groups_begin(&report->groups, &report->by);
}

int report_read(struct report *report)
{
    begin_run(report);

    int status = log_command(&report->log,
                             &(struct log_events){
                                 .context = report,
                                 .element = take_element,
                                 .start = take_start,
                                 .statistics = take_statistics,
                                 .note = keep_note,
                                 .run_end = end_run,
                                 .gap = take_gap,
                             },
                             &report->output);

    if (status == STATUS_COMPLETE && (report->differs || report->out_of_memory))
        status = STATUS_INCOMPLETE;
    if (report->out_of_memory)
        log_complain(log_name(&report->log), "out of memory: not all exits were counted");
    return status;
}

void report_free(struct report *report)
{
    groups_free(&report->groups);
}
