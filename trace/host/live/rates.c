/* SPDX-License-Identifier: MIT */
/* Sums over the last few seconds. */
#include "trace/host/live/rates.h"

#include <string.h>

void rates_begin(struct rates *rates, uint64_t hz)
{
    memset(rates, 0, sizeof(*rates));
    rates->hz = hz;
}

/* A bucket has at least one tick. */
static uint64_t bucket_length(const struct rates *rates)
{
    return rates->hz / RATES_A_SECOND ? rates->hz / RATES_A_SECOND : 1;
}

static uint64_t bucket_of(const struct rates *rates, uint64_t time)
{
    return time / bucket_length(rates);
}

/* Time goes on: the buckets between the latest one and the new one are empty. */
static void go_on(struct rates *rates, uint64_t time)
{
    uint64_t from = bucket_of(rates, rates->last), steps = bucket_of(rates, time) - from;

    rates->last = time;
    if (steps > RATES_BUCKETS)
        steps = RATES_BUCKETS;
    for (uint64_t i = 1; i <= steps; i++)
        for (unsigned row = 0; row < RATES_ROWS; row++) {
            rates->row[row].count[(from + i) % RATES_BUCKETS] = 0;
            rates->row[row].took[(from + i) % RATES_BUCKETS] = 0;
        }
}

void rates_add(struct rates *rates, unsigned row, uint64_t time, uint64_t took)
{
    uint64_t bucket = bucket_of(rates, time);

    if (!rates->events++)
        rates->first = rates->last = time;
    if (time > rates->last)
        go_on(rates, time);
    if (bucket_of(rates, rates->last) - bucket >= RATES_BUCKETS)
        return;
    if (time < rates->first)
        rates->first = time;
    rates->row[row].count[bucket % RATES_BUCKETS]++;
    rates->row[row].took[bucket % RATES_BUCKETS] += took;
}

uint64_t rates_span(const struct rates *rates)
{
    uint64_t newest = bucket_of(rates, rates->last), from = 0;

    if (newest >= RATES_BUCKETS)
        from = (newest - RATES_BUCKETS + 1) * bucket_length(rates);
    return rates->last - (rates->first > from ? rates->first : from);
}

uint64_t rates_count(const struct rates *rates, unsigned row)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < RATES_BUCKETS; i++)
        sum += rates->row[row].count[i];
    return sum;
}

uint64_t rates_took(const struct rates *rates, unsigned row)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < RATES_BUCKETS; i++)
        sum += rates->row[row].took[i];
    return sum;
}

double rates_per_second(const struct rates *rates, unsigned row)
{
    uint64_t span = rates_span(rates);

    return span ? (double)rates_count(rates, row) * (double)rates->hz / (double)span : 0;
}
