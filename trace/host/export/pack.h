/* SPDX-License-Identifier: MIT */
/* Puts binary records together, little endian. Whoever puts sees to it that there is room. */
#ifndef TRACE_HOST_EXPORT_PACK_H
#define TRACE_HOST_EXPORT_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct packed {
    uint8_t *at;
    size_t used;
};

/* The low `size` bytes of a number. */
static inline void pack_number(struct packed *packed, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        packed->at[packed->used++] = (uint8_t)(value >> 8 * i);
}

static inline void pack_u8(struct packed *packed, uint64_t value)
{
    pack_number(packed, value, 1);
}

static inline void pack_u16(struct packed *packed, uint64_t value)
{
    pack_number(packed, value, 2);
}

static inline void pack_u32(struct packed *packed, uint64_t value)
{
    pack_number(packed, value, 4);
}

static inline void pack_u64(struct packed *packed, uint64_t value)
{
    pack_number(packed, value, 8);
}

static inline void pack_bytes(struct packed *packed, const void *from, size_t n)
{
    memcpy(packed->at + packed->used, from, n);
    packed->used += n;
}

/* Zeros up to a place. */
static inline void pack_zeros(struct packed *packed, size_t until)
{
    memset(packed->at + packed->used, 0, until - packed->used);
    packed->used = until;
}

#endif
