/* SPDX-License-Identifier: MIT */
/* Log-linear histogram: counts of 64-bit values that give percentiles with a bounded error. */
#ifndef TRACE_HOST_SHOW_HISTOGRAM_H
#define TRACE_HOST_SHOW_HISTOGRAM_H

#include <stdint.h>

enum {
    HISTOGRAM_STEP_BITS = 6, /* every power of two is cut into 2^6 equal steps */
    HISTOGRAM_STEPS = 1 << HISTOGRAM_STEP_BITS,
    HISTOGRAM_BUCKETS = (65 - HISTOGRAM_STEP_BITS) * HISTOGRAM_STEPS,
};

/*
 * A percentile is told as the middle of its bucket, so it is at most half a step away from the
 * value that sorting would have found: 1 in 128 of it. Values below 128 have a bucket each.
 */
#define HISTOGRAM_ERROR_PERCENT "0.8"

struct histogram {
    uint64_t count;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

/*
 * The bucket of a value. Small values are their own buckets; larger ones go by exponent and the bits
 * after the first.
 */
static inline unsigned histogram_bucket(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (unsigned)value;

    unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;

    return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

/* Counts one value. */
static inline void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->bucket[histogram_bucket(value)]++;
    histogram->count++;
}

/* The lowest value of a bucket; the highest value of all for HISTOGRAM_BUCKETS, which is none. */
uint64_t histogram_lowest(unsigned bucket);

/*
 * The smallest bucket that has at least `percent` (1 to 100) of the values in it and below it, as
 * the middle of that bucket (nearest-rank definition). 0 where nothing was counted.
 */
uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent);

#endif
