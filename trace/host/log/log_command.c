/* SPDX-License-Identifier: MIT */
/* What every command that reads a log has in common. */
#include "trace/host/log/log_command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_input.h"
#include "trace/host/log/progress.h"
#include "trace/host/show/status_line.h"

enum {
    BAUD = 115200,
    READ_SIZE = 64 * 1024,
    LONGEST_LINE = OUTPUT_SIZE / 8, /* of a payload; text comes in shorter parts */
};

void log_options_begin(struct log_options *options)
{
    *options = (struct log_options){ .baud = BAUD };
}

const char *log_name(const struct log_options *options)
{
    return strcmp(options->path, "-") == 0 ? "standard input" : options->path;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct log_options *options = state->input;
    char *end;

    switch (key) {
    case 'b':
        options->baud = strtoul(argument, &end, 10);
        if (*end || !serial_rate_known(options->baud))
            argp_error(state, "no such rate: '%s'", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (options->path)
            argp_error(state, "one LOG only");
        options->path = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no LOG given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option option_rows[] = {
    { "baud", 'b', "RATE", 0, "Rate of a live serial port, bits per second (default 115200)", 0 },
    { 0 },
};

const struct argp log_source_argp = { .options = option_rows, .parser = parse };

enum { OPTION_MEMORY = 0x1000, OPTION_AT };

static error_t parse_memory(int key, char *argument, struct argp_state *state)
{
    struct log_options *options = state->input;
    char *end;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = options;
        return 0;
    case OPTION_MEMORY:
        options->memory.wanted = true;
        return 0;
    case OPTION_AT:
        options->memory.has_at = true;
        options->memory.at = strtoull(argument, &end, 0);
        if (*end || end == argument)
            argp_error(state, "no address: '%s'", argument);
        return 0;
    case ARGP_KEY_END:
        if (options->memory.has_at && !options->memory.wanted)
            argp_error(state, "--at is for --memory only");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option memory_rows[] = {
    { "memory", OPTION_MEMORY, NULL, 0,
      "LOG is not a log but an image of the machine's memory, raw or an ELF core; "
      "memory:LOG says the same",
      0 },
    { "at", OPTION_AT, "ADDRESS", 0,
      "With --memory: the trace's header is the one at this physical address", 0 },
    { 0 },
};

static const struct argp_child memory_children[] = { { &log_source_argp, 0, NULL, 0 }, { 0 } };

const struct argp log_options_argp = { .options = memory_rows,
                                       .parser = parse_memory,
                                       .children = memory_children };

void log_complain(const char *name, const char *format, ...)
{
    va_list arguments;

    status_line_clear();
    fprintf(stderr, "vexit: %s: ", name);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static bool stopped(const struct log_options *options)
{
    return options->stop && *options->stop;
}

/* Feeds the reader all there is. Returns the number of bytes, or -1 after an error was told. */
static int64_t read_log(const struct log_options *options, struct log_input *input,
                        struct log_reader *reader, struct output *output)
{
    char bytes[READ_SIZE];
    struct progress progress;
    int64_t total = 0;

    progress_begin(&progress, input);
    while (!output->error && !stopped(options)) {
        if (!log_input_ready(input))
            output_flush(output);

        bool over = input->live && log_reader_ended(reader);
        long n = log_input_read(input, bytes, sizeof(bytes), over ? LOG_QUIET_MS : -1);

        /* An adapter that is pulled out, or the other side that goes away, is an end. */
        if (n == 0 || (n < 0 && input->live && (errno == EIO || errno == ECONNRESET)))
            break;
        if (n < 0) {
            log_complain(input->name, "%s", strerror(errno));
            total = -1;
            break;
        }
        total += n;
        log_reader_feed(reader, bytes, (size_t)n);
        if (!options->quiet)
            progress_update(&progress, (uint64_t)total, output);
    }
    progress_end(&progress);
    return total;
}

static int status_of(const struct log_reader *reader, const char *name, int64_t bytes)
{
    if (!reader->runs) {
        if (bytes == 0)
            log_complain(name, "empty");
        else if (bytes > 0)
            log_complain(name, "no trace in it: not one good frame or record line");
        return STATUS_UNREADABLE;
    }
    if (reader->out_of_memory)
        log_complain(name, "%s", strerror(ENOMEM));
    return reader->incomplete_runs || bytes < 0 || reader->out_of_memory ? STATUS_INCOMPLETE
                                                                         : STATUS_COMPLETE;
}

bool log_options_memory(const struct log_options *options, const char **path)
{
    static const char prefix[] = "memory:";

    *path = options->path;
    if (options->memory.wanted)
        return true;
    if (strncmp(*path, prefix, sizeof(prefix) - 1) != 0)
        return false;
    *path += sizeof(prefix) - 1;
    return true;
}

/* False after an error was told. */
static bool open_input(const struct log_options *options, struct log_input *input)
{
    char why[MEMORY_WHY];
    const char *path;
    bool memory = log_options_memory(options, &path);

    if (memory ? log_input_open_memory(input, path, &options->memory, why)
               : log_input_open(input, path, options->baud))
        return true;
    log_complain(input->name, "%s", memory ? why : strerror(errno));
    return false;
}

int log_command(const struct log_options *options, const struct log_events *events,
                struct output *output)
{
    struct log_input input;

    if (!open_input(options, &input))
        return STATUS_UNREADABLE;

    struct log_reader *reader = log_reader_new(events);

    if (!reader) {
        log_complain(input.name, "%s", strerror(ENOMEM));
        log_input_close(&input);
        return STATUS_UNREADABLE;
    }

    int64_t bytes = read_log(options, &input, reader, output);
    int status = EX_USAGE;

    if (!stopped(options)) {
        log_reader_finish(reader);
        status = status_of(reader, input.name, bytes);
    }

    log_reader_free(reader);
    log_input_close(&input);
    if (!output_flush(output)) {
        log_complain(output->name ? output->name : "standard output", "%s",
                     strerror(output->error));
        return STATUS_OUTPUT;
    }
    return status;
}

/* Appends to a text of n bytes that has `used` of them; cut where it does not fit. */
static void append(char *text, size_t n, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void append(char *text, size_t n, size_t *used, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text + *used, n - *used, format, arguments);
    va_end(arguments);
    if (length > 0)
        *used = *used + (size_t)length < n ? *used + (size_t)length : n - 1;
}

void log_verdict(char *text, size_t n, const struct log_run *run)
{
    const struct {
        uint64_t count;
        const char *thing, *fate;
    } counts[] = {
        { run->missing_frames, run->lines ? "line" : "frame", "missing" },
        { run->missing_records, "record", "missing" },
        { run->damaged_bytes, "byte", "damaged" },
        { run->broken, run->lines ? "line" : "frame", "without sense" },
        { run->newer, "frame", "of a newer format" },
    };
    bool complete = log_run_complete(run);
    size_t used = 0;

    /* What the VMM had no room for was never sent: a log without it is as whole as can be. */
    append(text, n, &used, "%s: %" PRIu64 " records",
           !complete   ? "incomplete"
           : run->lost ? "complete as sent"
                       : "complete",
           run->records);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].count)
            append(text, n, &used, ", %" PRIu64 " %s%s %s", counts[i].count, counts[i].thing,
                   counts[i].count == 1 ? "" : "s", counts[i].fate);
    if (!run->has_start)
        append(text, n, &used, ", no START record");
    if (!run->has_end)
        append(text, n, &used, ", no END record");
    if (run->disagrees)
        append(text, n, &used, ", counts that do not agree");
    if (run->lost)
        append(text, n, &used, "; the VMM had no room for %" PRIu64 " more", run->lost);
}

void log_put_line(struct output *output, const char *word, const char *line, size_t n)
{
    if (n > LONGEST_LINE)
        n = LONGEST_LINE;

    char *begin = output_room(output, strlen(word) + 4 * n + sizeof("\n")), *p = begin;

    p = stpcpy(p, word);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)line[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            p += sprintf(p, "\\x%02x", c);
        else
            *p++ = line[i];
    }
    *p++ = '\n';
    output_advance(output, (size_t)(p - begin));
}
