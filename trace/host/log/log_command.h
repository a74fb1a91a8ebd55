/* SPDX-License-Identifier: MIT */
/* What every command that reads a log has in common: its options, its loop, its verdict. */
#ifndef TRACE_HOST_LOG_LOG_COMMAND_H
#define TRACE_HOST_LOG_LOG_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

#include "trace/host/log/log_reader.h"
#include "trace/host/log/memory_input.h"
#include "trace/host/show/output.h"

struct log_options {
    const char *path;
    unsigned long baud;
    bool quiet; /* no progress is shown */
    struct memory_options memory;
    const bool *stop; /* once it is true reading ends, and nothing is reported; may be NULL */
};

/* Fills in the defaults. */
void log_options_begin(struct log_options *options);

/* The log's name for messages. */
const char *log_name(const struct log_options *options);

/*
 * Child parsers whose input is a struct log_options: for --baud and the LOG argument, and for these
 * and --memory with what belongs to it.
 */
extern const struct argp log_source_argp, log_options_argp;

/*
 * Whether LOG is an image of memory, by --memory or by a name memory:IMAGE. *path: the file's name.
 */
bool log_options_memory(const struct log_options *options, const char **path);

/*
 * Reads the whole log, calling the events, and writes out `output` whenever the log makes one wait.
 * What keeps it from being read, or written, goes to standard error. Returns an exit status
 * (commands.h); 64, wrong usage, after *stop: it is for options that do not fit the log.
 */
int log_command(const struct log_options *options, const struct log_events *events,
                struct output *output);

/*
 * "complete: 840 records" or "incomplete: 2 frames and 96 records missing, ...", at most n bytes
 * with the NUL.
 */
void log_verdict(char *text, size_t n, const struct log_run *run);

/* Appends a line with this word before it; characters that a terminal would act on as \xNN. */
void log_put_line(struct output *output, const char *word, const char *line, size_t n);

/* Tells what went wrong with a log or file, in one line on standard error. */
void log_complain(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
