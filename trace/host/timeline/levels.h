/* SPDX-License-Identifier: MIT */
/*
 * Levels of detail: a vCPU's elements summed up in groups, groups of groups and so on, so that a
 * picture of any stretch of time is made of a few nodes, however many exits they stand for.
 *
 * A node stands for the time from the end of the element before its first one to the end of its
 * last one. So the nodes of a level follow each other without a gap, and a node's length is the sum
 * of its parts: time in the guest, time in the VMM by exit reason, and time of which nothing is
 * known. Groups are of a number of elements, not of a time: there is detail where exits are.
 */
#ifndef TRACE_HOST_TIMELINE_LEVELS_H
#define TRACE_HOST_TIMELINE_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

enum {
    LEVELS_LEAF = 64,  /* elements of a node of level 0 */
    LEVELS_FANOUT = 8, /* nodes of a level that make one of the level above */
    LEVELS_BLOCK = 2,  /* the level whose nodes are cut together, by levels_cut() */
    LEVELS_BLOCK_ELEMENTS = LEVELS_LEAF * LEVELS_FANOUT * LEVELS_FANOUT, /* of such a node */
    LEVELS = 12, /* more than any log fills: 64 * 8^11 elements */
};

/* Times are TSC ticks. */
struct level_reason {
    uint64_t count;   /* exits, those that ended the run too */
    uint64_t ticks;   /* from exit to entry, all together */
    uint64_t longest; /* of them */
};

struct level_node {
    uint64_t guest;   /* from entry to exit */
    uint64_t unknown; /* after records that were lost, are missing or were switched off */
    uint64_t markers;
    uint64_t lost;                               /* records that were lost or are missing */
    unsigned reasons;                            /* that came */
    uint16_t row[SCHEMA_ROWS + 1];               /* their rows of the schema, as they came first */
    struct level_reason reason[SCHEMA_ROWS + 1]; /* by row of the schema */
};

/* Called for each node, children before their parents. */
typedef void levels_emit(void *context, unsigned level, const struct level_node *node);

struct levels {
    levels_emit *emit;
    void *context;
    bool begun;
    bool unknown;            /* what comes before the next element */
    uint64_t start;          /* stamp of the first element */
    uint64_t now;            /* end of the last one */
    unsigned filled[LEVELS]; /* elements, or nodes below, of the open node */
    struct level_node open[LEVELS];
};

/* Starts a vCPU. */
void levels_begin(struct levels *levels, levels_emit *emit, void *context);

/*
 * Takes the next element, which is in place: an element that begins before the end of the one
 * before it, as in a log whose frames came out of order, begins at that end. After a TRACE_LOST
 * element the time up to the next one is unknown.
 */
void levels_add(struct levels *levels, const struct trace_element *element);

/* Closes the nodes up to LEVELS_BLOCK, if they have anything in them. */
void levels_cut(struct levels *levels);

/* Closes all that is open: no more comes. */
void levels_finish(struct levels *levels);

#endif
