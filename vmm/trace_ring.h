/* SPDX-License-Identifier: MIT */
/* The ring of one vCPU: elements between the exit path that fills them and the drain that sends them. */
#ifndef VMM_TRACE_RING_H
#define VMM_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"
#include "vmx/vcpu.h"

/*
 * The exit path owns the element that vcpu->element points at and moves on when it is complete;
 * `tail` is the oldest element not yet sent. Only trace_commit_slowly() looks at both, every
 * RING_BATCH elements at the latest. Where there is no room the exit path works on `aside`.
 */
struct trace_ring {
    struct trace_element *base, *end, *tail;
    struct trace_element *head;    /* next element to own, while the exit path works on `aside` */
    struct trace_element aside[2]; /* [1]: the limit behind [0], never used */
    bool full;                     /* head == tail means full, not empty */
    bool sent_aside;               /* what is in `aside` has been sent already: do not count it */
    uint64_t lost;                 /* records without room, in all */
    uint64_t lost_now;             /* of these, not yet reported by a lost record */
    uint64_t first_lost_tsc;
    uint64_t sent; /* records (trace_records()) that went into frames */
};

/* Makes the ring over count elements and points the vCPU at its first. */
void trace_ring_init(struct trace_ring *ring, struct vcpu *vcpu, struct trace_element *elements,
                     size_t count);

/* Elements handed over and not sent yet. */
size_t trace_ring_pending(const struct vcpu *vcpu);

/* The oldest of them, or NULL; trace_ring_drop() removes it. */
const struct trace_element *trace_ring_oldest(const struct vcpu *vcpu);
void trace_ring_drop(struct vcpu *vcpu);

/*
 * After a commit reached the limit: finds the next element for the exit path. `room` elements may
 * have become free in between. Counts the element in `aside` as lost if that is where it was.
 */
void trace_ring_next(struct vcpu *vcpu);

/* The element in hand has been sent by other means: the commit that follows is not to count it. */
void trace_ring_set_aside(struct vcpu *vcpu);

/*
 * Where the element in hand is outside of the ring, for lack of room, and there is room now: moves it
 * in, behind the lost record for those before it. Returns false if there is still no room.
 */
bool trace_ring_settle(struct vcpu *vcpu);

/*
 * Hands over a marker with four values of the guest's, stamped like the exit in hand, before that
 * exit, which moves to the next element. Lost like any record where the ring is full.
 */
void trace_ring_marker(struct vcpu *vcpu, const uint64_t value[4]);

#endif
