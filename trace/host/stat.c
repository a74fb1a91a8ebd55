/* SPDX-License-Identifier: MIT */
/* vexit stat: counts and handling times of exits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/stat/report.h"

enum { TOP = 100 };

/* Gathering */

/* The columns by the names that are in force. */
static void resolve(struct report *report)
{
    const char *unknown = columns_resolve(&report->by, &report->schema);

    report->resolved = true;
    if (!unknown)
        return;
    fprintf(stderr, "vexit: --by: the log knows nothing of the name '%s'; there are %s\n", unknown,
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
    if (verdict == FILTER_PASS)
        groups_add(&report->groups, element);
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
}

static void end_run(void *context, const struct log_run *run)
{
    struct report *report = context;

    if (run->frames && !report->failed) {
        if (!report->resolved)
            resolve(report);
        report_finish(report, run);
        if (report->json)
            report_json(report, run);
        else if (report->csv)
            report_csv(report, run);
        else
            report_text(report, run);
        report->runs++;
    }
    report->out_of_memory |= report->vcpus.out_of_memory;
    groups_clear(&report->groups);
    vcpus_clear(&report->vcpus);
    own_statistics_clear(&report->own);
    begin_run(report);
}

/* Options */

/* The place of a word in a list that ends with NULL; -1 where it is not in it. */
static int word_of(const char *const words[], const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* The columns of --by. What `detail` means depends on the reason, which then comes before it. */
static bool parse_by(struct report *report, const char *list)
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

enum { OPTION_CSV = 256, OPTION_JSON };

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const units[] = { "ticks", "us", NULL };
    static const char *const orders[] = {
        [REPORT_BY_TOTAL] = "total",    [REPORT_BY_COUNT] = "count", [REPORT_BY_MEAN] = "mean",
        [REPORT_BY_MIN] = "min",        [REPORT_BY_MAX] = "max",     [REPORT_BY_P50] = "p50",
        [REPORT_BY_P95] = "p95",        [REPORT_BY_P99] = "p99",     [REPORT_BY_COLUMNS] = "reason",
        [REPORT_BY_COLUMNS + 1] = NULL,
    };
    struct report *report = state->input;
    char *end;
    int word;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &report->log;
        state->child_inputs[1] = &report->filter;
        return 0;
    case 'B':
        if (!parse_by(report, argument))
            argp_error(state, "--by takes up to %d names separated by commas, and not '%s'",
                       GROUP_COLUMNS, argument);
        return 0;
    case 'u':
        word = word_of(units, argument);
        if (word < 0)
            argp_error(state, "no such unit: '%s'", argument);
        report->microseconds = word == 1;
        return 0;
    case 's':
        word = word_of(orders, argument);
        if (word < 0)
            argp_error(state, "no such order: '%s'", argument);
        report->order = (enum report_order)word;
        return 0;
    case 't':
        report->top = (unsigned)strtoul(argument, &end, 10);
        if (*end || !report->top)
            argp_error(state, "--top takes a number of rows, and not '%s'", argument);
        return 0;
    case OPTION_CSV:
        report->csv = true;
        return 0;
    case OPTION_JSON:
        report->json = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct report *report, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "by", 'B', "NAME[,NAME]", 0,
          "What makes a row (default reason): vcpu, reason, rip, qualification, detail (what says "
          "most of an exit of its reason), msr, gpa, page, the name of a slot, or of a part of the "
          "qualification",
          0 },
        { "unit", 'u', "ticks|us", 0, "Of times: ticks (default) or microseconds", 0 },
        { "sort", 's', "total|count|mean|min|max|p50|p95|p99|reason", 0,
          "Order of the rows (default total); reason: by what makes the row", 0 },
        { "top", 't', "N", 0, "Show the first N rows (default 100)", 0 },
        { "csv", OPTION_CSV, NULL, 0, "Print comma-separated values: all rows, times in ticks", 0 },
        { "json", OPTION_JSON, NULL, 0, "Print a line of JSON: all there is, times in ticks", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Prints how often each exit reason came in LOG (a file, a pipe, a serial port, - "
               "for standard input) and how long the exits took to handle.",
        .children = children,
    };

    log_options_begin(&report->log);
    report->log.stop = &report->failed;
    report->top = TOP;
    parse_by(report, "reason");
    argp_parse(&argp, argc, argv, 0, NULL, report);
}

int stat_command(int argc, char **argv)
{
    struct report *report = calloc(1, sizeof(*report));

    if (!report || !groups_begin(&report->groups, &report->by)) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(report, argc, argv);
    report->output.fd = STDOUT_FILENO;
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
        fprintf(stderr, "vexit: out of memory: not all exits were counted\n");
    groups_free(&report->groups);
    free(report);
    return status;
}
