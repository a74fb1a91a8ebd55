/* SPDX-License-Identifier: MIT */
/* Log-linear histogram: which bucket a value falls into, and back. */
#include "trace/host/show/histogram.h"

/* Small values are their own buckets; larger ones go by exponent and the bits after the first. */
static unsigned bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (unsigned)value;

    unsigned shift = 63U - (unsigned)__builtin_clzll(value) - HISTOGRAM_STEP_BITS;

    return shift * HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static uint64_t middle_of(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;

    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t lowest = (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;

    return lowest + ((1ULL << shift) - 1) / 2;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    histogram->bucket[bucket_of(value)]++;
    histogram->count++;
}

/* ceil(count * percent / 100) without overflow. */
static uint64_t rank_of(uint64_t count, unsigned percent)
{
    uint64_t rank = count / 100 * percent + (count % 100 * percent + 99) / 100;

    return rank ? rank : 1;
}

uint64_t histogram_percentile(const struct histogram *histogram, unsigned percent)
{
    uint64_t rank = rank_of(histogram->count, percent);
    uint64_t seen = 0;

    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->bucket[i];
        if (seen >= rank)
            return middle_of(i);
    }
    return 0;
}
