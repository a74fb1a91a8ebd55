/* SPDX-License-Identifier: MIT */
/* Statistics of one vCPU: how often each exit reason came and how long its handling took. */
#ifndef TRACE_STATISTICS_H
#define TRACE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/exit_reasons.h"

enum {
    STATISTICS_BUCKETS = 64,
    STATISTICS_ROWS = EXIT_REASONS + 1,   /* the last row: exit reasons outside the table */
    STATISTICS_OTHER = EXIT_REASON_BASIC, /* the last row's number in a payload */
};

/* Times are TSC ticks from exit stamp to entry stamp. */
struct statistics_row {
    uint64_t count;
    uint64_t sum;
    uint64_t min; /* UINT64_MAX while count is 0 */
    uint64_t max;
    uint64_t bucket[STATISTICS_BUCKETS]; /* i: 2^i <= ticks < 2^(i+1); bucket 0 takes 0 too */
};

struct statistics {
    struct statistics_row row[STATISTICS_ROWS]; /* by basic exit reason */
};

/* Empties all rows. */
void statistics_clear(struct statistics *statistics);

/*
 * Counts one exit with an entry after it; an exit that ended the run is not counted.
 * reason: the full exit reason; ticks: entry stamp less exit stamp.
 */
static inline void statistics_add(struct statistics *statistics, uint32_t reason, uint64_t ticks)
{
    uint64_t basic = reason & EXIT_REASON_BASIC;
    struct statistics_row *row = &statistics->row[basic < EXIT_REASONS ? basic : EXIT_REASONS];

    /* On every exit's path: the address is computed once, where the compiler would do it thrice. */
    __asm__("" : "+r"(row));
    row->count++;
    row->sum += ticks;
    if (ticks < row->min)
        row->min = ticks;
    if (ticks > row->max)
        row->max = ticks;
    row->bucket[63u ^ (uint64_t)__builtin_clzll(ticks | 1)]++;
}

/* Adds the rows of `from` to those of `to`. */
void statistics_merge(struct statistics *to, const struct statistics *from);

/* The longest payload that statistics_encode() writes, in bytes. */
enum { STATISTICS_PAYLOAD_MAX = 10 + STATISTICS_ROWS * (7 * 10 + STATISTICS_BUCKETS * 10) };

/*
 * Writes the payload of a STATISTICS frame: the vCPU and its rows that are not empty.
 * Returns its length in bytes; 0 if n is too small.
 */
size_t statistics_encode(uint8_t *payload, size_t n, uint16_t vcpu,
                         const struct statistics *statistics);

/*
 * Reads such a payload; reasons that only the sender's table has become part of the last row.
 * Returns false, with *statistics unspecified, if it is malformed.
 */
bool statistics_decode(const uint8_t *payload, size_t n, uint16_t *vcpu,
                       struct statistics *statistics);

/*
 * The upper bound, in ticks, of the bucket that holds the given share of the row's times, limited
 * to the row's maximum: per_mille 500 is the median, 990 the 99th percentile. 0 for an empty row.
 */
uint64_t statistics_percentile(const struct statistics_row *row, unsigned per_mille);

#endif
