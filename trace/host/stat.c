/* SPDX-License-Identifier: MIT */
/* vexit stat: counts and handling times per exit reason. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/show/exit_table.h"
#include "trace/host/log/log_command.h"
#include "trace/host/show/own_statistics.h"

enum { NOTES = 20, NOTE_SIZE = 160 };

struct report {
    struct log_options log;
    enum table_unit unit;
    enum table_order order;
    bool out_of_memory;
    bool differs;  /* the VMM's statistics, where no record is missing or lost */
    unsigned runs; /* reported so far */
    struct schema schema;
    struct exit_table table;
    struct own_statistics own;
    uint64_t notes; /* as many as there were; the first ones are kept */
    char note[NOTES][NOTE_SIZE];
    struct output output;
};

static void count_element(void *context, const struct trace_element *element)
{
    struct report *stat = context;

    if (element->kind > TRACE_EXIT_ONLY)
        return;
    if (!exit_table_add(&stat->table, element) || !own_statistics_add(&stat->own, element))
        stat->out_of_memory = true;
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct report *stat = context;

    (void)start;
    schema_begin(&stat->schema);
    schema_read(&stat->schema, payload, n);
}

static void take_statistics(void *context, uint16_t vcpu, const struct statistics *statistics)
{
    struct report *stat = context;

    if (!own_statistics_take(&stat->own, vcpu, statistics))
        stat->out_of_memory = true;
}

static void keep_note(void *context, const char *note)
{
    struct report *stat = context;

    if (stat->notes++ < NOTES)
        snprintf(stat->note[stat->notes - 1], NOTE_SIZE, "%s", note);
}

/* The report */

static void print_head(struct report *stat, const struct log_run *run)
{
    struct output *output = &stat->output;

    if (stat->runs)
        output_print(output, "\nrun %u\n\n", stat->runs + 1);
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

static void print_stopped(struct report *stat)
{
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++)
        if (stat->table.row[i].stopped)
            output_print(&stat->output,
                         "stopped: %" PRIu64 " %s exit ended the run and has no "
                         "time\n",
                         stat->table.row[i].stopped, schema_name(&stat->schema.row[i]));
}

static void print_table(struct report *stat, const struct log_run *run)
{
    struct table_style style = {
        .unit = stat->unit,
        .order = stat->order,
        .tsc_hz = run->start.tsc_hz,
        .schema = &stat->schema,
    };

    if (style.unit == TABLE_MICROSECONDS && !style.tsc_hz) {
        output_print(&stat->output, "The log does not tell the TSC frequency; times are ticks.\n");
        style.unit = TABLE_TICKS;
    }
    exit_table_print(&stat->table, &style, &stat->output);
    output_print(
        &stat->output,
        "\nTimes are %s from exit to entry; p50 and p99 are within " HISTOGRAM_ERROR_PERCENT
        " %%.\n",
        style.unit == TABLE_TICKS ? "TSC ticks" : "microseconds");
    print_stopped(stat);
    if (!stat->own.sent)
        return;
    if (!own_statistics_differences(&stat->own, &stat->schema, NULL)) {
        output_print(&stat->output, "The VMM's own statistics are the same.\n");
        return;
    }

    struct statistics sum;

    own_statistics_sum(&stat->own, &sum);
    exit_table_clear(&stat->table);
    exit_table_set(&stat->table, &sum);
    output_print(&stat->output, "\nThe VMM's own statistics, which hold records that were lost or "
                                "are missing, too; p50 and p99 are upper bounds:\n\n");
    exit_table_print(&stat->table, &style, &stat->output);
    output_print(&stat->output, "\n");
    own_statistics_differences(&stat->own, &stat->schema, &stat->output);
}

static void print_tail(struct report *stat, const struct log_run *run)
{
    struct output *output = &stat->output;
    char verdict[512];

    output_print(output, "records: %" PRIu64 "\nmarkers: %" PRIu64 "\nlost: %" PRIu64 "\n",
                 run->records, run->markers, run->lost);
    if (run->has_end) {
        output_print(output, "end: status %" PRIu32 "%s", run->end.status,
                     run->end.status ? "" : " (success)");
        log_put_line(output, ": ", run->end.reason, strlen(run->end.reason));
    }
    for (unsigned i = 0; i < stat->notes && i < NOTES; i++)
        log_put_line(output, "", stat->note[i], strlen(stat->note[i]));
    if (stat->notes > NOTES)
        output_print(output, "... and %" PRIu64 " more such lines, which decode prints\n",
                     stat->notes - NOTES);
    log_verdict(verdict, sizeof(verdict), run);
    output_print(output, "log: %s\n", verdict);
}

static void print_report(void *context, const struct log_run *run)
{
    struct report *stat = context;

    if (run->frames) {
        print_head(stat, run);
        print_table(stat, run);
        output_print(&stat->output, "\n");
        print_tail(stat, run);
        stat->runs++;
        if (log_run_complete(run) && !run->lost && stat->own.sent &&
            own_statistics_differences(&stat->own, &stat->schema, NULL))
            stat->differs = true;
    }
    exit_table_clear(&stat->table);
    own_statistics_clear(&stat->own);
    schema_begin(&stat->schema);
    stat->notes = 0;
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

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const units[] = { "ticks", "us", NULL };
    static const char *const orders[] = { "total", "count", "reason", NULL };
    struct report *stat = state->input;
    int word;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &stat->log;
        return 0;
    case 'u':
        word = word_of(units, argument);
        if (word < 0)
            argp_error(state, "no such unit: '%s'", argument);
        stat->unit = (enum table_unit)word;
        return 0;
    case 's':
        word = word_of(orders, argument);
        if (word < 0)
            argp_error(state, "no such order: '%s'", argument);
        stat->order = (enum table_order)word;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct report *stat, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "unit", 'u', "UNIT", 0, "Of times: ticks (default) or us, microseconds", 0 },
        { "sort", 's', "ORDER", 0, "Of the lines: total (default), count or reason", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Prints how often each exit reason came in LOG (a file, a pipe, a serial port, - "
               "for standard input) and how long the exits took to handle.",
        .children = children,
    };

    log_options_begin(&stat->log);
    argp_parse(&argp, argc, argv, 0, NULL, stat);
}

int stat_command(int argc, char **argv)
{
    struct report *stat = calloc(1, sizeof(*stat));

    if (!stat) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(stat, argc, argv);
    stat->output.fd = STDOUT_FILENO;
    schema_begin(&stat->schema);

    int status = log_command(&stat->log,
                             &(struct log_events){
                                 .context = stat,
                                 .element = count_element,
                                 .start = take_start,
                                 .statistics = take_statistics,
                                 .note = keep_note,
                                 .run_end = print_report,
                             },
                             &stat->output);

    if (status == STATUS_COMPLETE && (stat->differs || stat->out_of_memory))
        status = STATUS_INCOMPLETE;
    if (stat->out_of_memory)
        fprintf(stderr, "vexit: out of memory: not all exits were counted\n");
    free(stat);
    return status;
}
