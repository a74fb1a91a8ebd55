/* SPDX-License-Identifier: MIT */
/* Puts binary records together, little endian. Whoever puts sees to it that there is room. */
#ifndef TRACE_HOST_EXPORT_BYTES_H
#define TRACE_HOST_EXPORT_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    uint8_t *at;
    size_t used;
};

/* The low `size` bytes of a number. */
static inline void bytes_number(struct bytes *bytes, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes->at[bytes->used++] = (uint8_t)(value >> 8 * i);
}

static inline void bytes_u8(struct bytes *bytes, uint64_t value)
{
    bytes_number(bytes, value, 1);
}

static inline void bytes_u16(struct bytes *bytes, uint64_t value)
{
    bytes_number(bytes, value, 2);
}

static inline void bytes_u32(struct bytes *bytes, uint64_t value)
{
    bytes_number(bytes, value, 4);
}

static inline void bytes_u64(struct bytes *bytes, uint64_t value)
{
    bytes_number(bytes, value, 8);
}

static inline void bytes_put(struct bytes *bytes, const void *from, size_t n)
{
    memcpy(bytes->at + bytes->used, from, n);
    bytes->used += n;
}

/* A string with the NUL that ends it. */
static inline void bytes_text(struct bytes *bytes, const char *text)
{
    bytes_put(bytes, text, strlen(text) + 1);
}

/* Zeros up to a place. */
static inline void bytes_zeros(struct bytes *bytes, size_t until)
{
    memset(bytes->at + bytes->used, 0, until - bytes->used);
    bytes->used = until;
}

#endif
