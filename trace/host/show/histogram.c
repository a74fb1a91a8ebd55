/* SPDX-License-Identifier: MIT */
/* Log-linear histogram: percentiles from its buckets. */
#include "trace/host/show/histogram.h"

/* By how many bits the values of a bucket were shifted. */
static unsigned shift_of(unsigned bucket)
{
    return bucket < 2 * HISTOGRAM_STEPS ? 0 : bucket / HISTOGRAM_STEPS - 1;
}

uint64_t histogram_lowest(unsigned bucket)
{
    unsigned shift = shift_of(bucket);

    return bucket < HISTOGRAM_BUCKETS ? (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift
                                      : UINT64_MAX;
}

static uint64_t middle_of(unsigned bucket)
{
    return histogram_lowest(bucket) + ((1ULL << shift_of(bucket)) - 1) / 2;
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
