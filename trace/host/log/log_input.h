/* SPDX-License-Identifier: MIT */
/* Where a log's bytes come from: a file, a pipe, standard input or a live serial port. */
#ifndef TRACE_HOST_LOG_LOG_INPUT_H
#define TRACE_HOST_LOG_LOG_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/host/log/serial_input.h"

struct log_input {
    const char *name; /* for messages */
    int fd;
    bool live; /* a serial port: it has no end of file */
    struct serial_input serial;
};

/*
 * Opens `path` ("-": standard input). A terminal becomes a raw serial line at `baud` bits per
 * second. SIGINT and SIGTERM end any input but a regular file as if it were at its end. False with
 * errno set.
 */
bool log_input_open(struct log_input *input, const char *path, unsigned long baud);

/* Whether log_input_read() would return at once. */
bool log_input_ready(const struct log_input *input);

/*
 * Waits for bytes and reads up to n. On a live port at most `patience_ms` milliseconds (negative:
 * for ever). 0 at the end of the file, on SIGINT, or when patience ran out; -1 with errno set.
 */
long log_input_read(struct log_input *input, void *bytes, size_t n, int patience_ms);

/* Closes, and sets a serial port back to how it was. */
void log_input_close(struct log_input *input);

#endif
