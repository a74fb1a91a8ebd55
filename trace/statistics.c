/* SPDX-License-Identifier: MIT */
/* Statistics: emptying, adding up, and the STATISTICS payload. */
#include "trace/statistics.h"

#include "trace/wire_number.h"

void statistics_clear(struct statistics *statistics)
{
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        statistics->row[i] = (struct statistics_row){ 0 };
        statistics->row[i].min = UINT64_MAX;
    }
}

static void merge_row(struct statistics_row *row, const struct statistics_row *more)
{
    row->count += more->count;
    row->sum += more->sum;
    row->min = more->min < row->min ? more->min : row->min;
    row->max = more->max > row->max ? more->max : row->max;
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++)
        row->bucket[i] += more->bucket[i];
}

/* A row: its number, the four figures, the buckets from the first to the last that is not 0. */
static uint8_t *put_row(uint8_t *p, unsigned number, const struct statistics_row *row)
{
    unsigned first = 0, limit = STATISTICS_BUCKETS;

    while (first < limit && !row->bucket[first])
        first++;
    while (limit > first && !row->bucket[limit - 1])
        limit--;
    p = wire_put_number(p, number);
    p = wire_put_number(p, row->count);
    p = wire_put_number(p, row->sum);
    p = wire_put_number(p, row->min);
    p = wire_put_number(p, row->max);
    p = wire_put_number(p, first);
    p = wire_put_number(p, limit - first);
    for (unsigned i = first; i < limit; i++)
        p = wire_put_number(p, row->bucket[i]);
    return p;
}

size_t statistics_encode(uint8_t *payload, size_t n, uint16_t vcpu,
                         const struct statistics *statistics)
{
    const size_t row_max = 7 * WIRE_NUMBER_MAX + STATISTICS_BUCKETS * WIRE_NUMBER_MAX;
    uint8_t *p = payload, *end = payload + n;

    if (n < WIRE_NUMBER_MAX)
        return 0;
    p = wire_put_number(p, vcpu);
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        if (!statistics->row[i].count)
            continue;
        if ((size_t)(end - p) < row_max)
            return 0;
        p = put_row(p, i < EXIT_REASONS ? i : STATISTICS_OTHER, &statistics->row[i]);
    }
    return (size_t)(p - payload);
}

/* Reads a row. NULL: malformed, out of range, or a second row of the same reason. */
static const uint8_t *get_row(const uint8_t *p, const uint8_t *end, struct statistics *statistics)
{
    struct statistics_row row = { 0 };
    uint64_t head[7];

    for (unsigned i = 0; i < 7; i++) {
        p = wire_get_number(p, end, &head[i]);
        if (!p)
            return NULL;
    }

    uint64_t number = head[0], first = head[5], buckets = head[6];
    uint64_t place = number < EXIT_REASONS ? number : EXIT_REASONS;

    if (number > STATISTICS_OTHER || first > STATISTICS_BUCKETS ||
        buckets > STATISTICS_BUCKETS - first || !head[1] ||
        (place == number && statistics->row[place].count))
        return NULL;
    row.count = head[1];
    row.sum = head[2];
    row.min = head[3];
    row.max = head[4];
    for (uint64_t i = first; i < first + buckets; i++) {
        p = wire_get_number(p, end, &row.bucket[i]);
        if (!p)
            return NULL;
    }
    merge_row(&statistics->row[place], &row);
    return p;
}

bool statistics_decode(const uint8_t *payload, size_t n, uint16_t *vcpu,
                       struct statistics *statistics)
{
    const uint8_t *p = payload, *end = payload + n;
    uint64_t number;

    statistics_clear(statistics);
    p = wire_get_number(p, end, &number);
    if (!p || number > UINT16_MAX)
        return false;
    *vcpu = (uint16_t)number;
    while (p && p < end)
        p = get_row(p, end, statistics);
    return p != NULL;
}

uint64_t statistics_percentile(const struct statistics_row *row, unsigned per_mille)
{
    /* The rank of the wanted time, rounded up; in two parts, so that no product overflows. */
    uint64_t rank = row->count / 1000 * per_mille + (row->count % 1000 * per_mille + 999) / 1000;
    uint64_t seen = 0;
    unsigned i = 0;

    if (!row->count)
        return 0;
    while (i < STATISTICS_BUCKETS - 1 && ((seen += row->bucket[i]) < rank || !seen))
        i++;

    uint64_t last = ((uint64_t)2 << i) - 1;

    return last < row->max ? last : row->max;
}
