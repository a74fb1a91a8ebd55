/* SPDX-License-Identifier: MIT */
/* Building text in a buffer, piece by piece; fast, for no piece needs a format string. */
#ifndef TRACE_PUT_H
#define TRACE_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the next character goes. What does not fit is left out, and put_end() then returns 0. */
struct put {
    char *begin;
    char *at;
    char *end; /* one place is kept for the NUL */
    bool full;
};

/* Starts a text in n bytes at buf. */
static inline void put_begin(struct put *put, char *buf, size_t n)
{
    put->begin = put->at = buf;
    put->end = n ? buf + n - 1 : buf;
    put->full = n == 0;
}

static inline void put_char(struct put *put, char c)
{
    if (put->at < put->end)
        *put->at++ = c;
    else
        put->full = true;
}

/* Appends n characters of text. */
void put_bytes(struct put *put, const char *text, size_t n);

/* Appends a string. */
static inline void put_string(struct put *put, const char *text)
{
    while (*text)
        put_char(put, *text++);
}

/* Appends a number: 1234, 0x4d2. put_digits(): exactly n hexadecimal digits. */
void put_decimal(struct put *put, uint64_t value);
void put_hex(struct put *put, uint64_t value);
void put_digits(struct put *put, uint64_t value, unsigned n);

/* Appends a NUL. Returns the length without it; 0 if not all of the text fitted. */
size_t put_end(struct put *put);

#endif
