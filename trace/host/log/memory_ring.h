/* SPDX-License-Identifier: MIT */
/* Reads the ring of one vCPU in an image, while the VMM may be writing to it. */
#ifndef TRACE_HOST_LOG_MEMORY_RING_H
#define TRACE_HOST_LOG_MEMORY_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/log/memory_image.h"
#include "trace/memory.h"
#include "trace/record.h"
#include "trace/statistics.h"

struct memory_ring {
    const struct memory_image *image;
    struct trace_memory_ring ring;
    uint16_t vcpu;
    bool attached;
    uint64_t next;    /* the number of the element to read next */
    uint64_t records; /* counted records that were handed on, or passed over */
    uint64_t lost;    /* records that lost records told of */
    uint64_t last_tsc;
    size_t at, held; /* of `element` */
    struct trace_element element[256];
};

/* Starts; nothing is read yet. */
void memory_ring_begin(struct memory_ring *ring, const struct memory_image *image,
                       const struct trace_memory_ring *where, uint16_t vcpu);

/*
 * The next element; memory_ring_take() goes on to the one after it. NULL: no more now. What was
 * overwritten before it could be read comes as a lost record that says how much. An element that makes
 * no sense is passed over, and counted as the two records of an exit.
 */
const struct trace_element *memory_ring_next(struct memory_ring *ring);
void memory_ring_take(struct memory_ring *ring);

/* The number of that element, or of the one that is still to be written. */
uint64_t memory_ring_number(const struct memory_ring *ring);

/* When the run is over: the records lost behind the last element. False where there are none. */
bool memory_ring_last_lost(struct memory_ring *ring, struct trace_element *lost);

/* The statistics of all elements handed over so far. False where they cannot be read. */
bool memory_ring_statistics(struct memory_ring *ring, struct statistics *statistics);

#endif
