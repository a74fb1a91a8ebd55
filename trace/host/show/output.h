/* SPDX-License-Identifier: MIT */
/* Standard output through one large buffer: lines are put together by hand, for speed. */
#ifndef TRACE_HOST_SHOW_OUTPUT_H
#define TRACE_HOST_SHOW_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

enum { OUTPUT_SIZE = 256 * 1024 };

struct output {
    int fd;
    const char *name; /* for messages; NULL: standard output */
    int error;        /* errno of the first failed write: from then on nothing is written */
    size_t used;
    char buffer[OUTPUT_SIZE];
};

/* Writes out what is buffered. False where writing failed, now or before. */
bool output_flush(struct output *output);

/*
 * Room for n bytes (n <= OUTPUT_SIZE) at the returned place; output_advance() then takes what was
 * used of it.
 */
char *output_room(struct output *output, size_t n);

/* Takes n bytes that the caller stored at the place that output_room() gave. */
static inline void output_advance(struct output *output, size_t n)
{
    output->used += n;
}

/* Appends n bytes, any number. */
void output_bytes(struct output *output, const char *bytes, size_t n);

/* Appends a formatted line; for what is not printed often. */
void output_print(struct output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
