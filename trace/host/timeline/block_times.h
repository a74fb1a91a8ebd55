/* SPDX-License-Identifier: MIT */
/*
 * How long the exits of a frame took: how many of each reason are in each bucket of a histogram
 * (show/histogram.h). So a page can tell the handling times of any stretch of time: frames that are
 * in it as a whole have their sums, and of the two at its ends the single exits are there.
 */
#ifndef TRACE_HOST_TIMELINE_BLOCK_TIMES_H
#define TRACE_HOST_TIMELINE_BLOCK_TIMES_H

#include <stdint.h>

#include "trace/host/timeline/block.h"
#include "trace/host/timeline/levels.h"

struct block_times {
    unsigned n;
    uint32_t key[LEVELS_BLOCK_ELEMENTS]; /* row of the schema * HISTOGRAM_BUCKETS + bucket */
};

/* Counts an exit: of a row of the schema, with its ticks. At most LEVELS_BLOCK_ELEMENTS. */
void block_times_add(struct block_times *times, unsigned row, uint64_t ticks);

/*
 * Appends them as numbers, and forgets them: how many different keys there are, and for each, in
 * rising order, by how much it is above the one before it (the first one: above 0), and how many
 * exits have it.
 */
void block_times_write(struct block_times *times, struct block *to);

#endif
