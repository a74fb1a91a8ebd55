/* SPDX-License-Identifier: MIT */
/* What every command that reads a log has in common: its loop, its messages, its verdict. */
#ifndef TRACE_HOST_LOG_LOG_COMMAND_H
#define TRACE_HOST_LOG_LOG_COMMAND_H

#include <stddef.h>

#include "trace/host/log/log_options.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/show/complain.h"
#include "trace/host/show/output.h"

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

#endif
