/* SPDX-License-Identifier: MIT */
/* Handling times of the exits of a frame. */
#include "trace/host/timeline/block_times.h"

#include <stdlib.h>

#include "trace/host/show/histogram.h"

void block_times_add(struct block_times *times, unsigned row, uint64_t ticks)
{
    times->key[times->n++] = row * HISTOGRAM_BUCKETS + histogram_bucket(ticks);
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

/* The place behind the last key that is the same as that of place i. */
static unsigned end_of_same(const struct block_times *times, unsigned i)
{
    unsigned end = i + 1;

    while (end < times->n && times->key[end] == times->key[i])
        end++;
    return end;
}

void block_times_write(struct block_times *times, struct block *to)
{
    unsigned different = 0;
    uint32_t before = 0;

    qsort(times->key, times->n, sizeof(times->key[0]), compare);
    for (unsigned i = 0; i < times->n; i = end_of_same(times, i))
        different++;
    block_number(to, different);
    for (unsigned i = 0, end; i < times->n; i = end) {
        end = end_of_same(times, i);
        block_number(to, times->key[i] - before);
        block_number(to, end - i);
        before = times->key[i];
    }
    times->n = 0;
}
