/* SPDX-License-Identifier: MIT */
/* What every command that reads a log has in common. */
#include "trace/host/log/log_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "trace/host/commands.h"
#include "trace/host/log/foreign.h"
#include "trace/host/log/log_input.h"
#include "trace/host/log/progress.h"
#include "trace/host/show/utf8.h"

enum {
    READ_SIZE = 64 * 1024,
    LONGEST_LINE = OUTPUT_SIZE / 8, /* of a payload; text comes in shorter parts */
};

static bool stopped(const struct log_options *options)
{
    return options->stop && *options->stop;
}

/*
 * Feeds the reader all there is. Returns the number of bytes, or -1 after an error was told. Sets
 * *foreign to what it begins like if that is no log.
 */
static int64_t read_log(const struct log_options *options, struct log_input *input,
                        struct log_reader *reader, struct output *output, const char **foreign)
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
        if (total == 0)
            *foreign = log_foreign(bytes, (size_t)n);
        total += n;
        log_reader_feed(reader, bytes, (size_t)n);
        if (!options->quiet)
            progress_update(&progress, (uint64_t)total, output);
    }
    progress_end(&progress);
    return total;
}

static int status_of(const struct log_reader *reader, const char *name, int64_t bytes,
                     const char *foreign)
{
    if (!reader->runs) {
        if (bytes == 0)
            log_complain(name, "empty");
        else if (bytes > 0 && foreign)
            log_complain(name, "%s", foreign);
        else if (bytes > 0)
            log_complain(name, "no trace in it: not one good frame or record line");
        return STATUS_UNREADABLE;
    }
    if (reader->out_of_memory)
        log_complain(name, "%s", strerror(ENOMEM));
    return reader->incomplete_runs || bytes < 0 || reader->out_of_memory ? STATUS_INCOMPLETE
                                                                         : STATUS_COMPLETE;
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
    log_complain(input->name, "%s", memory ? why : log_input_why(path, errno));
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

    const char *foreign = NULL;
    int64_t bytes = read_log(options, &input, reader, output, &foreign);

    /* A record may end where the log does, and be the one that stops it. */
    if (!stopped(options))
        log_reader_finish(reader);

    int status = stopped(options) ? EX_USAGE : status_of(reader, input.name, bytes, foreign);

    log_reader_free(reader);
    log_input_close(&input);
    if (!output_flush(output)) {
        log_complain(output->name ? output->name : "standard output", "%s",
                     strerror(output->error));
        return STATUS_OUTPUT;
    }
    return status;
}

void log_put_line(struct output *output, const char *word, const char *line, size_t n)
{
    if (n > LONGEST_LINE)
        n = LONGEST_LINE;

    char *begin = output_room(output, strlen(word) + UTF8_SHOWN * n + sizeof("\n")), *p = begin;

    p = stpcpy(p, word);
    for (size_t i = 0; i < n;)
        i += utf8_show(&p, line + i, n - i, '\t');
    *p++ = '\n';
    output_advance(output, (size_t)(p - begin));
}
