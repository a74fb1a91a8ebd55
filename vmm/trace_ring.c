/* SPDX-License-Identifier: MIT */
/* The ring of one vCPU. */
#include "vmm/trace_ring.h"

#include "trace/statistics.h"

/* The next element, whose place is the first one behind the last. */
static struct trace_element *wrapped(const struct trace_ring *ring, struct trace_element *element)
{
    return element == ring->end ? ring->base : element;
}

static bool is_aside(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;

    return vcpu->element == ring->aside || vcpu->element == ring->aside + 1;
}

uint64_t trace_ring_position(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;

    return ring->head + (is_aside(vcpu) ? 0 : (uint64_t)(vcpu->element - ring->first));
}

size_t trace_ring_pending(const struct vcpu *vcpu)
{
    return trace_ring_position(vcpu) - vcpu->ring->tail;
}

const struct trace_element *trace_ring_oldest(const struct vcpu *vcpu)
{
    return trace_ring_pending(vcpu) ? vcpu->ring->oldest : NULL;
}

/* How many elements from head on are free. */
static size_t room(const struct trace_ring *ring)
{
    return ring->count - (ring->head - ring->tail);
}

/* A state as a whole takes the place of the one before, by the last store; x86 keeps their order. */
void trace_ring_publish(struct trace_ring *ring)
{
    uint64_t changes = ring->progress.changes + 1;

    ring->progress.state[changes & 1] = (struct trace_memory_state){
        .head = ring->head,
        .limit = ring->limit,
        .tail = ring->tail,
        .sent = ring->sent,
        .lost = ring->lost,
        .lost_now = ring->lost_now,
        .first_lost_tsc = ring->first_lost_tsc,
        .first_tsc = ring->first_tsc,
    };
    __atomic_store_n(&ring->progress.changes, changes, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* before elements are written that it disowns */
}

static void begin_head(struct trace_ring *ring, uint64_t head, struct trace_element *first)
{
    ring->head = head;
    ring->first = wrapped(ring, first);
}

/* The exit path now owns nothing: head is where it will go on. */
static inline void leave_run(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (!is_aside(vcpu))
        begin_head(ring, trace_ring_position(vcpu), vcpu->element);
}

/* The next n elements are about to be written: what they held before is not to be read any more. */
static void claim(struct trace_ring *ring, size_t n)
{
    if (ring->limit < ring->head + n)
        ring->limit = ring->head + n;
    trace_ring_publish(ring);
}

/*
 * Lets the exit path own the elements from head on, as far as they lie side by side and are free.
 * Inline, because it lies between the stamp of an entry and the entry.
 */
static inline __attribute__((always_inline)) void own_run(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;
    size_t n = room(ring) < RING_RUN ? room(ring) : RING_RUN;
    struct trace_element *limit = ring->first + n;

    if (ring->limit < ring->head + n) /* else trace_ring_prepare() has said so */
        claim(ring, n);
    vcpu->element = ring->first;
    vcpu->element_limit = limit < ring->end ? limit : ring->end;
}

static void own_aside(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    trace_ring_publish(ring);
    vcpu->element = ring->aside;
    vcpu->element_limit = ring->aside + 1;
}

void trace_ring_init(struct trace_ring *ring, struct vcpu *vcpu, struct trace_element *elements,
                     size_t count, bool overwrite)
{
    ring->base = ring->first = ring->oldest = elements;
    ring->end = elements + count;
    ring->count = count;
    ring->overwrite = overwrite;
    vcpu->ring = ring;
    own_run(vcpu);
    vcpu->element_limit = elements + 1;
}

/*
 * Statistics are counted where an element leaves the exit path's hands for good, sent or lost: not
 * on the exit path itself.
 */
static void count_statistics(struct vcpu *vcpu, const struct trace_element *element)
{
    if (element->kind == TRACE_EXIT_ENTRY)
        statistics_add(vcpu->statistics, element->reason, element->entry_tsc - element->exit_tsc);
}

void trace_ring_drop(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    count_statistics(vcpu, ring->oldest);
    if (!ring->tail)
        ring->first_tsc = ring->oldest->exit_tsc;
    ring->sent += trace_records(ring->oldest->kind);
    ring->tail++;
    ring->oldest = wrapped(ring, ring->oldest + 1);
}

uint64_t trace_ring_generated(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;
    struct trace_element *element = ring->oldest;
    uint64_t records = ring->sent + ring->lost;

    for (size_t n = trace_ring_pending(vcpu); n; n--) {
        records += trace_records(element->kind);
        element = wrapped(ring, element + 1);
    }
    return records;
}

static void count_lost(struct vcpu *vcpu, const struct trace_element *element)
{
    struct trace_ring *ring = vcpu->ring;

    count_statistics(vcpu, element);
    if (!ring->lost_now)
        ring->first_lost_tsc = element->exit_tsc;
    ring->lost_now += trace_records(element->kind);
    ring->lost += trace_records(element->kind);
}

/* Where records were lost before head, says so there, if that leaves room for what follows. */
static void report_lost(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (room(ring) < 2)
        return;
    claim(ring, 1);
    *ring->first = (struct trace_element){
        .exit_tsc = ring->first_lost_tsc,
        .kind = TRACE_LOST,
        .written = 1,
        .vcpu = vcpu->id,
        .slot = { ring->lost_now },
    };
    ring->lost_now = 0;
    begin_head(ring, ring->head + 1, ring->first + 1);
    trace_ring_publish(ring);
}

static void make_room(struct trace_ring *ring, struct vcpu *vcpu, size_t n)
{
    while (room(ring) < n && ring->tail < ring->head)
        trace_ring_drop(vcpu);
}

void trace_ring_prepare(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    leave_run(vcpu); /* the element in hand begins a run of its own */
    if (ring->overwrite)
        make_room(ring, vcpu, RING_RUN + 1);
    claim(ring, room(ring) < RING_RUN + 1 ? room(ring) : RING_RUN + 1);
}

void trace_ring_next(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (is_aside(vcpu) && !ring->sent_aside)
        count_lost(vcpu, ring->aside);
    ring->sent_aside = false;
    leave_run(vcpu);
    if (ring->overwrite)
        make_room(ring, vcpu, RING_RUN);
    if (ring->lost_now)
        report_lost(vcpu);
    if (!room(ring) || ring->lost_now)
        own_aside(vcpu); /* room for one only: the lost record goes first */
    else
        own_run(vcpu);
}

void trace_ring_set_aside(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (!is_aside(vcpu)) {
        ring->aside[0] = *vcpu->element;
        leave_run(vcpu);
        own_aside(vcpu);
    }
    ring->sent_aside = true;
}

bool trace_ring_settle(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (!is_aside(vcpu) || ring->sent_aside)
        return true;
    if (ring->lost_now)
        report_lost(vcpu);
    if (!room(ring) || ring->lost_now)
        return false;

    struct trace_element in_hand = *vcpu->element;

    own_run(vcpu);
    *vcpu->element = in_hand;
    return true;
}

void trace_ring_marker(struct vcpu *vcpu, const uint64_t value[4])
{
    struct trace_element exit = *vcpu->element;
    struct trace_element *marker = vcpu->element;

    *marker = (struct trace_element){ .exit_tsc = exit.exit_tsc,
                                      .kind = TRACE_MARKER,
                                      .written = 0x0f,
                                      .vcpu = vcpu->id,
                                      .slot = { value[0], value[1], value[2], value[3] } };
    if (trace_ring_hand_over(vcpu) == vcpu->element_limit) {
        trace_ring_next(vcpu);
        vcpu->element_limit = vcpu->element + 1; /* the drain must not be passed by */
    }
    *vcpu->element = exit;
}
