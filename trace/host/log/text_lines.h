/* SPDX-License-Identifier: MIT */
/* Puts pieces of text together to lines, also across the frames between them. */
#ifndef TRACE_HOST_LOG_TEXT_LINES_H
#define TRACE_HOST_LOG_TEXT_LINES_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_LINE_MAX = 4096 }; /* a longer line is handed on in parts */

struct text_lines {
    size_t used;
    uint64_t offset; /* in the log, of the line's first byte */
    char line[TEXT_LINE_MAX];
};

typedef void (*text_line_taker)(void *context, uint64_t offset, const char *line, size_t n);

/*
 * Takes n bytes of text at this offset of the log; calls take() for every line that is not empty,
 * without its end: LF or CR, as not every terminal saves both.
 */
void text_lines_feed(struct text_lines *lines, uint64_t offset, const char *text, size_t n,
                     text_line_taker take, void *context);

/* Hands on the line that has no end yet, if there is one. */
void text_lines_cut(struct text_lines *lines, text_line_taker take, void *context);

#endif
