/* SPDX-License-Identifier: MIT */
/* How often exits came of late, and how long they took: sums over the last few seconds. */
#ifndef TRACE_HOST_LIVE_RATES_H
#define TRACE_HOST_LIVE_RATES_H

#include <stdint.h>

enum {
    RATES_BUCKETS = 16, /* of a quarter of a second each */
    RATES_A_SECOND = 4,
    RATES_ROWS = 257,
};

/* Times are in any unit of which there are `hz` a second, such as ticks of the TSC. */
struct rates {
    uint64_t hz;
    uint64_t first, last; /* times of the first event and of the latest one */
    uint64_t events;      /* ever */
    struct {
        uint32_t count[RATES_BUCKETS];
        uint64_t took[RATES_BUCKETS];
    } row[RATES_ROWS];
};

/* Starts with nothing. hz: not 0. */
void rates_begin(struct rates *rates, uint64_t hz);

/*
 * Counts an event of a row, which took so long. Events of several vCPUs need not come in the order
 * of their times; one that is older than all buckets is passed over.
 */
void rates_add(struct rates *rates, unsigned row, uint64_t time, uint64_t took);

/* The time that the sums are over, in the unit of the times; 0 until time has passed. */
uint64_t rates_span(const struct rates *rates);

/* The events of a row in that time, and how long they took. */
uint64_t rates_count(const struct rates *rates, unsigned row);
uint64_t rates_took(const struct rates *rates, unsigned row);

/* Events a second of a row. */
double rates_per_second(const struct rates *rates, unsigned row);

#endif
