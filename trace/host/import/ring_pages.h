/* SPDX-License-Identifier: MIT */
/* The events in the ring buffer pages of one CPU, as Linux' ftrace writes them. */
#ifndef TRACE_HOST_IMPORT_RING_PAGES_H
#define TRACE_HOST_IMPORT_RING_PAGES_H

#include "trace/host/import/trace_dat.h"

struct ring_pages {
    const struct trace_dat *dat;
    uint32_t page_size;
    bool compressed;
    struct bytes data; /* of the CPU: pages, or compressed chunks of pages */
    uint64_t chunks;   /* that are left */
    uint8_t *chunk; /* the one at hand, expanded, and before it what the last one had of a page */
    size_t chunk_size;  /* that was allocated */
    struct bytes pages; /* that are left, of the chunk or of all data */
    struct bytes page;  /* events that are left */
    uint64_t damaged;   /* pages or chunks that made no sense, and cost what they held */
    /* The event at hand: */
    uint64_t time;
    const uint8_t *event;
    size_t size;
    uint64_t missed; /* RING_MISSED: how many; 0: not told */
};

enum ring_event { RING_EVENT, RING_MISSED, RING_OVER };

/* Starts with a CPU's data. */
void ring_pages_begin(struct ring_pages *ring, const struct trace_dat *dat,
                      const struct trace_dat_cpu *cpu);

/* The next event, or events that were lost for want of room. */
enum ring_event ring_pages_next(struct ring_pages *ring);

void ring_pages_end(struct ring_pages *ring);

#endif
