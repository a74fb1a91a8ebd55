/* SPDX-License-Identifier: MIT */
/* vexit decode: a line a record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/decode/decode.h"
#include "trace/host/log/recording.h"
#include "trace/text.h"

enum { OPTION_NO_TIME = 256, OPTION_NO_TEXT, OPTION_NAMES, OPTION_FIELDS, OPTION_JSON };

/* The columns by the names that are in force, and a line that names them. */
static void resolve(struct decode *decode)
{
    const char *unknown = columns_resolve(&decode->columns, &decode->schema);

    decode->resolved = true;
    if (unknown) {
        log_complain("--fields", "the log knows nothing of the name '%s'; there are %s", unknown,
                     columns_names);
        decode->failed = true;
        return;
    }
    for (unsigned i = 0; i < decode->columns.n; i++)
        output_print(&decode->output, "%s%s", i ? "\t" : "# ", decode->columns.column[i].name);
    output_print(&decode->output, decode->symbols.first ? "\tsymbol\n" : "\n");
}

static void print_element(void *context, const struct trace_element *element)
{
    struct decode *decode = context;
    bool pass = filter_pass(&decode->filter, element);

    if (decode->fields && !decode->resolved)
        resolve(decode);
    decode->failed |= decode->filter.failed;
    if (!pass || decode->failed)
        return;
    if (decode->json)
        decode_json(decode, element);
    else if (decode->fields)
        decode_fields(decode, element);
    else
        decode_lines(decode, element);
}

/* A line that is no record: with --fields it is kept apart from them. */
static void put_other(struct decode *decode, const char *key, const char *word, const char *line,
                      size_t n)
{
    if (decode->json) {
        decode_json_line(decode, key, line, n);
        return;
    }
    if (decode->fields)
        output_print(&decode->output, "# ");
    log_put_line(&decode->output, word, line, n);
}

/* Its stamp is the line's first word. A filter cannot judge half an exit. */
static void print_orphan(void *context, const char *line, size_t n)
{
    struct decode *decode = context;
    const char *space = memchr(line, ' ', n);

    if (decode->filter.active)
        return;
    if (decode->no_time && space) {
        n -= (size_t)(space + 1 - line);
        line = space + 1;
    }
    put_other(decode, "half", "", line, n);
}

static void print_text(void *context, const char *line, size_t n)
{
    struct decode *decode = context;
    /* When and from where it was recorded is not the run's. */
    bool hidden = decode->no_time && n > strlen(RECORDING_MARK) &&
                  memcmp(line, RECORDING_MARK, strlen(RECORDING_MARK)) == 0;

    if (!decode->no_text && !hidden && !decode->fields)
        put_other(decode, "text", "text: ", line, n);
}

/* Each line of a payload but those that begin with `skip`. */
static void print_payload(struct decode *decode, const char *word, const char *skip,
                          const char *payload, size_t n)
{
    while (n) {
        const char *newline = memchr(payload, '\n', n);
        size_t length = newline ? (size_t)(newline - payload) : n;
        size_t taken = newline ? length + 1 : n;
        bool hidden = length >= strlen(skip) && memcmp(payload, skip, strlen(skip)) == 0;

        if (decode->no_time && length >= 7 && memcmp(payload, "tsc_hz=", 7) == 0)
            hidden = true;
        if (!hidden && length)
            log_put_line(&decode->output, word, payload, length);
        payload += taken;
        n -= taken;
    }
}

static void print_start(void *context, const struct trace_start *start, const char *payload,
                        size_t n)
{
    struct decode *decode = context;

    schema_begin(&decode->schema);
    schema_read(&decode->schema, payload, n);
    filter_take_start(&decode->filter, start->tsc_hz);
    if (decode->fields)
        resolve(decode);
    else if (decode->json)
        decode_json_payload(decode, "start", payload, n);
    else
        print_payload(decode, "start ", "slots ", payload, n);
    decode->failed |= decode->filter.failed;
}

static void print_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    struct decode *decode = context;

    (void)end;
    if (decode->json)
        decode_json_payload(decode, "end", payload, n);
    else if (!decode->fields)
        print_payload(decode, "end ", "\n", payload, n);
}

static void print_statistics(void *context, uint16_t vcpu, const struct statistics *statistics)
{
    static char text[TEXT_STATISTICS_MAX];
    struct decode *decode = context;

    if (decode->no_time || decode->fields)
        return;
    if (decode->json)
        decode_json_statistics(decode, vcpu, statistics);
    else
        output_bytes(&decode->output, text, text_statistics(text, sizeof(text), vcpu, statistics));
}

static void print_note(void *context, const char *note)
{
    struct decode *decode = context;

    put_other(decode, "note", "", note, strlen(note));
}

static void print_verdict(void *context, const struct log_run *run)
{
    struct decode *decode = context;
    char verdict[512];

    filter_begin_run(&decode->filter, &decode->schema);
    decode->resolved = false;
    if (log_run_complete(run) || !run->frames || decode->failed)
        return;
    log_verdict(verdict, sizeof(verdict), run);
    output_flush(&decode->output);
    log_complain(decode->name, "%s", verdict);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct decode *decode = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &decode->log;
        state->child_inputs[1] = &decode->filter;
        state->child_inputs[2] = &decode->symbols;
        return 0;
    case OPTION_NO_TIME:
        decode->no_time = true;
        return 0;
    case OPTION_NO_TEXT:
        decode->no_text = true;
        return 0;
    case OPTION_NAMES:
        decode->names = true;
        return 0;
    case OPTION_FIELDS:
        decode->fields = true;
        if (!columns_parse(&decode->columns, argument))
            argp_error(state,
                       "--fields takes up to %d different names separated by commas, and not '%s'",
                       COLUMNS_MAX, argument);
        return 0;
    case OPTION_JSON:
        decode->json = true;
        return 0;
    case ARGP_KEY_END:
        if (decode->json && decode->fields)
            argp_error(state, "either --json or --fields");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct decode *decode, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "no-time", OPTION_NO_TIME, NULL, 0,
          "Leave out all times, so that two runs can be compared with diff", 0 },
        { "no-text", OPTION_NO_TEXT, NULL, 0, "Leave out the text between the records", 0 },
        { "names", OPTION_NAMES, NULL, 0,
          "Behind each line, after a #, what its numbers mean: ports, MSRs, exceptions, bits of "
          "control registers and qualifications",
          0 },
        { "fields", OPTION_FIELDS, "NAME[,NAME]", 0,
          "Print only these columns of exits, separated by tabs: tsc, vcpu, reason, rip, ticks, "
          "qualification, detail, msr, gpa, page, the name of a slot, or of a part of the "
          "qualification",
          0 },
        { "json", OPTION_JSON, NULL, 0, "Print a JSON object a line", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { &symbols_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Prints one line for each record of LOG (a file, a pipe, a serial port, - for "
               "standard input), and a line `text: ...' for each line of text between them.",
        .children = children,
    };

    log_options_begin(&decode->log);
    decode->log.stop = &decode->failed;
    argp_parse(&argp, argc, argv, 0, NULL, decode);
}

int decode_command(int argc, char **argv)
{
    struct decode *decode = calloc(1, sizeof(*decode));

    if (!decode) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(decode, argc, argv);
    decode->name = log_name(&decode->log);
    decode->output.fd = STDOUT_FILENO;
    json_begin(&decode->writer, &decode->output);
    schema_begin(&decode->schema);
    filter_begin_run(&decode->filter, &decode->schema);

    int status = log_command(&decode->log,
                             &(struct log_events){
                                 .context = decode,
                                 .element = print_element,
                                 .orphan = print_orphan,
                                 .text = print_text,
                                 .start = print_start,
                                 .statistics = print_statistics,
                                 .end = print_end,
                                 .note = print_note,
                                 .run_end = print_verdict,
                             },
                             &decode->output);

    symbols_free(&decode->symbols);
    free(decode);
    return status;
}
