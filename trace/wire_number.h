/* SPDX-License-Identifier: MIT */
/*
 * Numbers in frames. Inline, since most of a frame is numbers.
 *
 * Those of variable length have seven bits a byte, the lowest first, and bit 7 set in all but the
 * last byte. Each put returns the place after what it wrote at p; each get the place after what it
 * read at p, or NULL if that is not all there before `end`.
 */
#ifndef TRACE_WIRE_NUMBER_H
#define TRACE_WIRE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_NUMBER_MAX = 10 }; /* the longest number of variable length, in bytes */

static inline uint8_t *wire_put_number(uint8_t *p, uint64_t value)
{
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

static inline const uint8_t *wire_get_number(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0;

    for (unsigned shift = 0; p < end && shift < 70; shift += 7) {
        uint8_t byte = *p++;

        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return shift == 63 && byte > 1 ? NULL : p;
        }
    }
    return NULL;
}

/*
 * A difference modulo 2^64, as a number of variable length. The sign goes to bit 0, so that small
 * differences of both signs are short.
 */
static inline uint8_t *wire_put_difference(uint8_t *p, uint64_t difference)
{
    return wire_put_number(p, difference << 1 ^ -(difference >> 63));
}

static inline const uint8_t *wire_get_difference(const uint8_t *p, const uint8_t *end,
                                                 uint64_t *difference)
{
    uint64_t zigzag;

    p = wire_get_number(p, end, &zigzag);
    if (p)
        *difference = zigzag >> 1 ^ -(zigzag & 1);
    return p;
}

/* A number of so many bytes, the lowest first. */
static inline void wire_put_fixed(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t wire_get_fixed(const uint8_t *p, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

#endif
