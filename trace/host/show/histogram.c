/* SPDX-License-Identifier: MIT */
/* Log-linear histogram: percentiles from its buckets. */
#include "trace/host/show/histogram.h"

static uint64_t middle_of(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_STEPS)
        return bucket;

    unsigned shift = bucket / HISTOGRAM_STEPS - 1;
    uint64_t lowest = (uint64_t)(bucket - shift * HISTOGRAM_STEPS) << shift;

    return lowest + ((1ULL << shift) - 1) / 2;
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
