/* SPDX-License-Identifier: MIT */
/* The ring of one vCPU: elements between the exit path that fills them and the drain that sends them. */
#ifndef VMM_TRACE_RING_H
#define VMM_TRACE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/memory.h"
#include "trace/record.h"
#include "vmx/vcpu.h"

enum { RING_RUN = 64 }; /* elements that the exit path owns at a time, at most */

/*
 * Elements are numbered from 0 as they are handed over. The exit path owns a run of neighbouring free
 * elements, the first of which has number `head`; it works on the one that vcpu->element points at and
 * moves on when it is complete. `tail` is the oldest element not yet sent. Only trace_commit_slowly()
 * looks at both, every RING_RUN elements at the latest. Where there is no room the exit path works on
 * `aside`; a ring that overwrites makes room by dropping what is oldest.
 */
struct trace_ring {
    struct trace_element *base, *end;
    size_t count;
    uint64_t head, tail;
    struct trace_element *first, *oldest; /* where head and tail lie */
    struct trace_element aside[2];        /* [1]: the limit behind [0], never used */
    bool overwrite;
    bool sent_aside;   /* what is in `aside` has been sent already: do not count it */
    uint64_t lost;     /* records without room, in all */
    uint64_t lost_now; /* of these, not yet reported by a lost record */
    uint64_t first_lost_tsc;
    uint64_t sent;      /* records (trace_records()) of the elements before tail */
    uint64_t first_tsc; /* of element 0, once it was dropped */
    uint64_t limit;     /* no element of this number or a later one was ever the exit path's */
    struct trace_memory_progress progress; /* all this for whoever reads the memory */
};

/*
 * Makes the ring over count elements and points the vCPU at its first. overwrite: what is oldest gives
 * way, and nothing is lost for lack of room.
 */
void trace_ring_init(struct trace_ring *ring, struct vcpu *vcpu, struct trace_element *elements,
                     size_t count, bool overwrite);

/* The number of the element in hand. */
uint64_t trace_ring_position(const struct vcpu *vcpu);

/* Elements handed over and not sent yet. */
size_t trace_ring_pending(const struct vcpu *vcpu);

/* The oldest of them, or NULL; trace_ring_drop() removes it. */
const struct trace_element *trace_ring_oldest(const struct vcpu *vcpu);
void trace_ring_drop(struct vcpu *vcpu);

/* Records handed over since the beginning, and those lost. */
uint64_t trace_ring_generated(const struct vcpu *vcpu);

/* After some were dropped: tells those who read the memory. */
void trace_ring_publish(struct trace_ring *ring);

/* Hands over the element in hand. A reader of the memory sees it from here on, so it is complete. */
static inline struct trace_element *trace_ring_hand_over(struct vcpu *vcpu)
{
    struct trace_element *next = vcpu->element + 1;

    __atomic_store_n(&vcpu->element, next, __ATOMIC_RELEASE);
    return next;
}

/*
 * Before the last element of a run is stamped and handed over: what takes time of getting another run,
 * so that little lies between the stamp and the entry. Need not be called.
 */
void trace_ring_prepare(struct vcpu *vcpu);

/*
 * After the element before the limit was handed over: finds the next one for the exit path. Elements
 * may have been dropped in between. Counts the element in `aside` as lost if that is where it was.
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
