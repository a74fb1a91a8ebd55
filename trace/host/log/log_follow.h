/* SPDX-License-Identifier: MIT */
/*
 * A log's bytes from a line that may break and come back: an adapter that is pulled out, the other
 * side of a pty, pipe or socket that closes, a file that grows or is begun anew.
 */
#ifndef TRACE_HOST_LOG_LOG_FOLLOW_H
#define TRACE_HOST_LOG_LOG_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/host/log/log_input.h"
#include "trace/host/log/log_options.h"

struct log_follow {
    const char *path;
    unsigned long baud;
    struct memory_options memory; /* wanted: the path is that of an image */
    struct log_input input;
    bool connected;
    bool was_there;   /* it has been connected before */
    int error;        /* why it is not: errno, 0 where that is no error */
    int64_t since_ms; /* when it broke, on the clock of log_follow_ms() */
    int64_t tried_ms; /* when it was last looked for */
    int also;         /* a file descriptor whose input ends waiting, too; -1: none */
    uint64_t read;    /* of a regular file: bytes */
};

enum follow_event {
    FOLLOW_NOTHING, /* within the time given */
    FOLLOW_BYTES,
    FOLLOW_BROKEN, /* the line has broken; it is looked for from now on */
    FOLLOW_BACK,   /* it has come back, or come for the first time */
    FOLLOW_OVER,   /* standard input has ended, which cannot come back */
};

/*
 * Opens what the options name and follows it. What is not there yet may come later with `wait`; in an
 * image of memory, whose machine runs, the trace comes when its VMM has started, `wait` or not. False with the
 * reason in `why`.
 */
bool log_follow_open(struct log_follow *follow, const struct log_options *options, bool wait,
                     char why[MEMORY_WHY]);

/*
 * The next thing that happens within timeout_ms; a signal ends waiting. FOLLOW_BYTES: up to *n bytes
 * are in `bytes`, and *n says how many.
 */
enum follow_event log_follow_next(struct log_follow *follow, void *bytes, size_t *n,
                                  int timeout_ms);

/* Whether it is a regular file, whose end is none: more may be added to it at any time. */
bool log_follow_grows(const struct log_follow *follow);

/* Why it is not connected, in words. */
const char *log_follow_why(const struct log_follow *follow);

void log_follow_close(struct log_follow *follow);

/* Milliseconds on a clock that nobody sets. */
int64_t log_follow_ms(void);

#endif
