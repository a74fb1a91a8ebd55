/* SPDX-License-Identifier: MIT */
/* A file in memory that is read piece by piece, and never beyond its end. Little endian. */
#ifndef TRACE_HOST_IMPORT_BYTES_H
#define TRACE_HOST_IMPORT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is still to be read. */
struct bytes {
    const uint8_t *at;
    size_t n;
    bool ended; /* more was asked for than there was: what was read is 0 */
};

/* Takes n bytes off the front. NULL, and nothing is left, if they are not there. */
static inline const uint8_t *bytes_take(struct bytes *bytes, uint64_t n)
{
    const uint8_t *taken = bytes->at;

    if (n > bytes->n) {
        bytes->ended = true;
        bytes->n = 0;
        return NULL;
    }
    if (n) /* `at` may be NULL where there is nothing */
        bytes->at += n;
    bytes->n -= (size_t)n;
    return taken;
}

/* Takes a number of 2, 4 or 8 bytes. */
static inline uint64_t bytes_number(struct bytes *bytes, unsigned size)
{
    const uint8_t *p = bytes_take(bytes, size);
    uint64_t value = 0;

    for (unsigned i = size; p && i-- > 0;)
        value = value << 8 | p[i];
    return value;
}

/* Takes a string with its NUL. "" where there is none. */
static inline const char *bytes_string(struct bytes *bytes)
{
    const uint8_t *end = bytes->n ? memchr(bytes->at, '\0', bytes->n) : NULL;
    const uint8_t *p = bytes_take(bytes, end ? (uint64_t)(end - bytes->at) + 1 : UINT64_MAX);

    return p ? (const char *)p : "";
}

/* What begins at `offset`, n bytes of it or as many as there are. */
static inline struct bytes bytes_part(struct bytes whole, uint64_t offset, uint64_t n)
{
    if (offset > whole.n)
        return (struct bytes){ .at = whole.at, .ended = true };

    size_t left = whole.n - (size_t)offset;

    return (struct bytes){ .at = offset ? whole.at + offset : whole.at,
                           .n = n < left ? (size_t)n : left,
                           .ended = n > left };
}

#endif
