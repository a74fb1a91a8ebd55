/* SPDX-License-Identifier: MIT */
/* Puts pieces of text together to lines. */
#include "trace/host/log/text_lines.h"

#include <string.h>

static void append(struct text_lines *lines, const char *text, size_t n, text_line_taker take,
                   void *context)
{
    while (n) {
        size_t part = TEXT_LINE_MAX - lines->used;

        if (part > n)
            part = n;
        memcpy(lines->line + lines->used, text, part);
        lines->used += part;
        text += part;
        n -= part;
        if (lines->used == TEXT_LINE_MAX)
            text_lines_cut(lines, take, context);
    }
}

static void end_line(struct text_lines *lines, text_line_taker take, void *context)
{
    size_t n = lines->used;

    lines->used = 0;
    if (n)
        take(context, lines->offset, lines->line, n);
}

/* What there is of n characters before the end of the line. */
static size_t line_length(const char *text, size_t n)
{
    const char *newline = memchr(text, '\n', n);

    if (newline)
        n = (size_t)(newline - text);

    const char *carriage_return = memchr(text, '\r', n);

    return carriage_return ? (size_t)(carriage_return - text) : n;
}

void text_lines_feed(struct text_lines *lines, uint64_t offset, const char *text, size_t n,
                     text_line_taker take, void *context)
{
    while (n) {
        size_t part = line_length(text, n);

        if (!lines->used)
            lines->offset = offset;
        append(lines, text, part, take, context);
        if (part < n) {
            end_line(lines, take, context);
            part++;
        }
        text += part;
        offset += part;
        n -= part;
    }
}

void text_lines_cut(struct text_lines *lines, text_line_taker take, void *context)
{
    end_line(lines, take, context);
}
