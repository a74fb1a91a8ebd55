/* SPDX-License-Identifier: MIT */
/* Building text in a buffer. */
#include "trace/put.h"

static const char digits[] = "0123456789abcdef";

void put_bytes(struct put *put, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_char(put, text[i]);
}

void put_decimal(struct put *put, uint64_t value)
{
    char reversed[20];
    size_t n = 0;

    do {
        reversed[n++] = digits[value % 10];
        value /= 10;
    } while (value);
    while (n)
        put_char(put, reversed[--n]);
}

void put_digits(struct put *put, uint64_t value, unsigned n)
{
    while (n--)
        put_char(put, digits[value >> 4 * n & 0xf]);
}

void put_hex(struct put *put, uint64_t value)
{
    put_char(put, '0');
    put_char(put, 'x');
    put_digits(put, value, value ? (67 - (unsigned)__builtin_clzll(value)) / 4 : 1);
}

size_t put_end(struct put *put)
{
    if (put->begin == put->end && put->full)
        return 0;
    *put->at = '\0';
    return put->full ? 0 : (size_t)(put->at - put->begin);
}
