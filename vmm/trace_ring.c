/* SPDX-License-Identifier: MIT */
/* The ring of one vCPU. */
#include "vmm/trace_ring.h"

#include "trace/statistics.h"

enum { RING_BATCH = 64 };

static struct trace_element *after(const struct trace_ring *ring, struct trace_element *element)
{
    return element + 1 == ring->end ? ring->base : element + 1;
}

static bool is_aside(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;

    return vcpu->element == ring->aside || vcpu->element == ring->aside + 1;
}

static struct trace_element *head_of(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;

    if (is_aside(vcpu))
        return ring->head;
    return vcpu->element == ring->end ? ring->base : vcpu->element;
}

/* Lets the exit path own the elements from head on, as far as they lie side by side and are free. */
static void own_from(struct vcpu *vcpu, struct trace_element *head)
{
    struct trace_ring *ring = vcpu->ring;
    struct trace_element *limit = ring->tail > head ? ring->tail : ring->end;

    if (limit - head > RING_BATCH)
        limit = head + RING_BATCH;
    vcpu->element = head;
    vcpu->element_limit = limit;
}

static void own_aside(struct vcpu *vcpu, struct trace_element *head)
{
    struct trace_ring *ring = vcpu->ring;

    ring->head = head;
    vcpu->element = ring->aside;
    vcpu->element_limit = ring->aside + 1;
}

void trace_ring_init(struct trace_ring *ring, struct vcpu *vcpu, struct trace_element *elements,
                     size_t count)
{
    ring->base = ring->tail = elements;
    ring->end = elements + count;
    vcpu->ring = ring;
    own_from(vcpu, elements);
    vcpu->element_limit = elements + 1;
}

size_t trace_ring_pending(const struct vcpu *vcpu)
{
    const struct trace_ring *ring = vcpu->ring;
    struct trace_element *head = head_of(vcpu);

    if (ring->full)
        return (size_t)(ring->end - ring->base);
    if (head >= ring->tail)
        return (size_t)(head - ring->tail);
    return (size_t)(ring->end - ring->tail) + (size_t)(head - ring->base);
}

const struct trace_element *trace_ring_oldest(const struct vcpu *vcpu)
{
    return trace_ring_pending(vcpu) ? vcpu->ring->tail : NULL;
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

    count_statistics(vcpu, ring->tail);

    ring->sent += trace_records(ring->tail->kind);
    ring->tail = after(ring, ring->tail);
    ring->full = false;
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

/* Where records were lost before head, says so there. Returns the element after it. */
static struct trace_element *report_lost(struct vcpu *vcpu, struct trace_element *head)
{
    struct trace_ring *ring = vcpu->ring;

    if (!ring->lost_now || after(ring, head) == ring->tail)
        return head;
    *head = (struct trace_element){
        .exit_tsc = ring->first_lost_tsc,
        .kind = TRACE_LOST,
        .written = 1,
        .vcpu = vcpu->id,
        .slot = { ring->lost_now },
    };
    ring->lost_now = 0;
    return after(ring, head);
}

void trace_ring_next(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;
    struct trace_element *head = head_of(vcpu);

    if (!is_aside(vcpu))
        ring->full = head == ring->tail;
    else if (!ring->sent_aside)
        count_lost(vcpu, ring->aside);
    ring->sent_aside = false;
    if (ring->full) {
        own_aside(vcpu, head);
        return;
    }
    head = report_lost(vcpu, head);
    if (ring->lost_now)
        own_aside(vcpu, head); /* room for one only: the lost record goes first */
    else
        own_from(vcpu, head);
}

void trace_ring_set_aside(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;

    if (!is_aside(vcpu)) {
        ring->aside[0] = *vcpu->element;
        own_aside(vcpu, vcpu->element);
    }
    ring->sent_aside = true;
}

bool trace_ring_settle(struct vcpu *vcpu)
{
    struct trace_ring *ring = vcpu->ring;
    struct trace_element in_hand = *vcpu->element, *head;

    if (!is_aside(vcpu) || ring->sent_aside)
        return true;
    if (ring->full)
        return false;
    head = report_lost(vcpu, ring->head);
    if (ring->lost_now)
        return false;
    own_from(vcpu, head);
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
    if (++vcpu->element == vcpu->element_limit) {
        trace_ring_next(vcpu);
        vcpu->element_limit = vcpu->element + 1; /* the drain must not be passed by */
    }
    *vcpu->element = exit;
}
