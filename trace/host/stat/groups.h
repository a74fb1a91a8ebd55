/* SPDX-License-Identifier: MIT */
/*
 * Exits in groups that have the same values in some columns: count and handling times of each, in
 * bounded memory however many groups there are.
 *
 * While there are at most GROUPS_MAX groups and their histograms fit into GROUPS_CHUNKS chunks,
 * everything is exact. Beyond that the lightest ones are folded into one group, `other`: what stays
 * are the heaviest, by count and by time, of an eighth of the places each. A group that first comes
 * (or comes again) after that may have been folded before: it may lack up to `lacks_count` exits and
 * `lacks_ticks` of time. No group that is not there has more of them than the last such bounds,
 * folded_count and folded_ticks. Sums over all groups and `other` are exact.
 */
#ifndef TRACE_HOST_STAT_GROUPS_H
#define TRACE_HOST_STAT_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/columns.h"
#include "trace/host/show/histogram.h"

enum {
    GROUP_COLUMNS = 8, /* that a group can be of */
    GROUPS_MAX = 16384,
    GROUPS_CHUNKS = 65535, /* numbered from 1; 512 bytes each */
    GROUPS_TABLE = 65536,  /* of the hash */
    GROUP_OCTAVES = HISTOGRAM_BUCKETS / HISTOGRAM_STEPS,
};

/* Times are TSC ticks from exit to entry. */
struct group {
    uint64_t value[GROUP_COLUMNS];     /* of the columns; 0 where there is none */
    uint16_t row;                      /* of the schema, of its first exit */
    bool mixed;                        /* other exits of it have other rows */
    uint8_t present;                   /* bit i: column i has a value */
    uint64_t lacks_count, lacks_ticks; /* at most; 0: it is exact */
    uint64_t count;                    /* exits, those that ended the run too */
    uint64_t stopped; /* of these, the ones that ended the run: they have no time */
    uint64_t sum, min, max;
    uint16_t chunk[GROUP_OCTAVES]; /* of the histogram, by power of two; 0: none */
};

struct groups {
    const struct columns *columns;
    unsigned n;
    struct group *group;
    uint16_t *table; /* numbers of groups from 1; 0: empty */
    struct group_chunk {
        uint64_t count[HISTOGRAM_STEPS];
    } * chunk;
    unsigned chunks;      /* that were ever used */
    unsigned free_chunks; /* of these, the ones given back: a stack in free_chunk */
    uint16_t *free_chunk;
    struct group other; /* its histogram is other_times */
    struct histogram *other_times;
    uint64_t foldings;                   /* groups that were folded into `other` */
    uint64_t folded_count, folded_ticks; /* of any group, at most */
};

/* Allocates all that will ever be needed; the columns are resolved later and must stay. False
 * without memory. */
bool groups_begin(struct groups *groups, const struct columns *columns);

/* Counts an exit. */
void groups_add(struct groups *groups, const struct trace_element *element);

/* Adds a group's times to a histogram. */
void groups_times(const struct groups *groups, const struct group *group, struct histogram *times);

/* Adds the exits of `from`; histograms are left alone. */
void group_merge(struct group *to, const struct group *from);

/* Forgets all groups. */
void groups_clear(struct groups *groups);

void groups_free(struct groups *groups);

#endif
