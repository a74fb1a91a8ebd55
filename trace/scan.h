/* SPDX-License-Identifier: MIT */
/* Reading text piece by piece: words, numbers, lines. */
#ifndef TRACE_SCAN_H
#define TRACE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is still to be read. */
struct scan {
    const char *at;
    const char *end;
};

static inline struct scan scan_begin(const char *text, size_t n)
{
    return (struct scan){ text, n ? text + n : text }; /* NULL where there is nothing */
}

/* All of a string. */
struct scan scan_string(const char *text);

static inline bool scan_empty(const struct scan *scan)
{
    return scan->at == scan->end;
}

/* Whether what is left is exactly `text`. */
bool scan_is(const struct scan *scan, const char *text);

/* Takes `text` off the front. False, and nothing taken, if it is not there. */
bool scan_text(struct scan *scan, const char *text);

/* Takes what stands before the next `stop`, and the stop; without one, all that is left. */
struct scan scan_until(struct scan *scan, char stop);

/* Takes a decimal or 0x number, as it is usual after "name=". False, nothing taken: none there. */
bool scan_number(struct scan *scan, uint64_t *value);

/* Whether what is left is such a number and nothing else. */
bool scan_whole_number(const struct scan *scan, uint64_t *value);

/* Takes exactly n hexadecimal digits, lower case. */
bool scan_digits(struct scan *scan, unsigned n, uint64_t *value);

/* Copies what is left into a string of at most n bytes, NUL included; longer text is cut. */
void scan_copy(const struct scan *scan, char *to, size_t n);

#endif
