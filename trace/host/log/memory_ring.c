/* SPDX-License-Identifier: MIT */
/*
 * Reads the ring of one vCPU in an image, while the VMM may be writing to it.
 *
 * Every read of the image is one of its own, and they happen in the order of the code. What is copied
 * counts only if a state that is read afterwards still says that it has not been overwritten.
 */
#include "trace/host/log/memory_ring.h"

#include <string.h>

enum {
    CHUNK = sizeof(((struct memory_ring *)0)->element) / sizeof(struct trace_element),
    TRIES = 8
};

/* A state, the number of the element in hand, and that of the oldest element still there. */
struct view {
    struct trace_memory_state state;
    uint64_t first, end;
};

void memory_ring_begin(struct memory_ring *ring, const struct memory_image *image,
                       const struct trace_memory_ring *where, uint16_t vcpu)
{
    *ring = (struct memory_ring){ .image = image, .ring = *where, .vcpu = vcpu };
}

static bool read_state(const struct memory_ring *ring, struct trace_memory_state *state)
{
    uint64_t from = ring->ring.progress, changes, after;

    for (unsigned tries = 0; tries < TRIES; tries++) {
        uint64_t at = from + offsetof(struct trace_memory_progress, state);

        if (!memory_image_read(ring->image, from, &changes, sizeof(changes)) ||
            !memory_image_read(ring->image, at + (changes & 1) * sizeof(*state), state,
                               sizeof(*state)) ||
            !memory_image_read(ring->image, from, &after, sizeof(after)))
            return false;
        if (after == changes) /* one change more would do no harm, two would */
            return true;
    }
    return false;
}

/*
 * The state is read before the position: then the position is in the run that begins with the state's
 * head or, all the better, further on.
 */
static bool look(const struct memory_ring *ring, struct view *view)
{
    const struct trace_memory_state *state = &view->state;
    uint64_t count = ring->ring.count, position;

    if (!read_state(ring, &view->state) ||
        !memory_image_read(ring->image, ring->ring.position, &position, sizeof(position)))
        return false;
    view->first = state->limit > count ? state->limit - count : 0;
    view->end = state->head;

    uint64_t bytes = position - ring->ring.elements;

    if (bytes <= count * sizeof(struct trace_element)) /* else nothing of the ring is in hand */
        view->end = trace_memory_number(state->head, bytes / sizeof(struct trace_element), count);
    if (view->end > state->limit)
        view->end = state->limit;
    return view->first <= view->end;
}

/* Reads elements [number, number + n), n <= CHUNK, as they lie there now. */
static bool read_elements(const struct memory_ring *ring, uint64_t number, size_t n,
                          struct trace_element *to)
{
    uint64_t place = number % ring->ring.count;
    uint64_t straight = ring->ring.count - place;
    size_t part = n < straight ? n : (size_t)straight;

    return memory_image_read(ring->image, ring->ring.elements + place * sizeof(*to), to,
                             part * sizeof(*to)) &&
           memory_image_read(ring->image, ring->ring.elements, to + part, (n - part) * sizeof(*to));
}

/* The oldest element that the state does not count as dropped. */
static uint64_t tail_of(const struct view *view)
{
    uint64_t tail = view->state.tail < view->first ? view->first : view->state.tail;

    return tail < view->end ? tail : view->end;
}

/* What elements amount to: their counted records, losses told among them, and their times. */
struct sums {
    uint64_t records, lost;
    struct statistics *statistics; /* NULL: not wanted */
};

static void add(struct sums *sums, const struct trace_element *element)
{
    sums->records += trace_records(element->kind);
    if (element->kind == TRACE_LOST)
        sums->lost += element->slot[0];
    if (element->kind == TRACE_EXIT_ENTRY && sums->statistics)
        statistics_add(sums->statistics, element->reason, element->entry_tsc - element->exit_tsc);
}

/* Adds up the elements [from, to). Nothing is held afterwards. */
static bool add_up(struct memory_ring *ring, uint64_t from, uint64_t to, struct sums *sums)
{
    for (uint64_t at = from; at < to;) {
        size_t n = to - at < CHUNK ? (size_t)(to - at) : CHUNK;

        if (!read_elements(ring, at, n, ring->element))
            return false;
        for (size_t i = 0; i < n; i++)
            add(sums, &ring->element[i]);
        at += n;
    }
    return true;
}

/* Holds a lost record, to be handed on next. */
static void hold_lost(struct memory_ring *ring, uint64_t tsc, uint64_t count)
{
    ring->element[0] = (struct trace_element){
        .exit_tsc = tsc, .kind = TRACE_LOST, .written = 1, .vcpu = ring->vcpu, .slot = { count }
    };
    ring->held = count != 0;
}

/*
 * Goes on with the oldest element that is still there. Those before it, and what the VMM had no room
 * for among them, are lost: all that was generated before it, less what was handed on.
 */
static bool attach(struct memory_ring *ring, const struct view *view)
{
    const struct trace_memory_state *state = &view->state;
    struct sums dropped = { 0 }, waiting = { 0 };
    struct view after;

    if (!add_up(ring, view->first, tail_of(view), &dropped) ||
        !add_up(ring, tail_of(view), view->end, &waiting) || !look(ring, &after) ||
        after.first > view->first)
        return false;

    uint64_t told = state->lost - state->lost_now - dropped.lost - waiting.lost;
    uint64_t before = state->sent - dropped.records + told;

    ring->attached = true;
    ring->next = view->first;
    hold_lost(ring, ring->records ? ring->last_tsc : state->first_tsc,
              before - (ring->records + ring->lost));
    return true;
}

/* Reads as many elements as there are, up to CHUNK. False: none, or not as they were handed over. */
static bool read_on(struct memory_ring *ring, const struct view *view)
{
    size_t n = view->end - ring->next < CHUNK ? (size_t)(view->end - ring->next) : CHUNK;
    struct view after;

    if (!read_elements(ring, ring->next, n, ring->element) || !look(ring, &after) ||
        after.first > ring->next)
        return false;
    ring->held = n;
    ring->next += n;
    return true;
}

static void refill(struct memory_ring *ring)
{
    struct view view;

    ring->at = ring->held = 0;
    for (unsigned tries = 0; tries < TRIES && !ring->held; tries++) {
        if (!look(ring, &view))
            return;
        if (!ring->attached || ring->next < view.first)
            attach(ring, &view);
        else if (ring->next < view.end)
            read_on(ring, &view);
        else
            return;
    }
}

const struct trace_element *memory_ring_next(struct memory_ring *ring)
{
    for (;;) {
        if (ring->at == ring->held)
            refill(ring);
        if (ring->at == ring->held)
            return NULL;
        if (ring->element[ring->at].kind < TRACE_KINDS)
            return &ring->element[ring->at];
        ring->at++;
        ring->records += trace_records(TRACE_EXIT_ENTRY); /* most likely */
    }
}

void memory_ring_take(struct memory_ring *ring)
{
    const struct trace_element *element = &ring->element[ring->at++];

    ring->records += trace_records(element->kind);
    if (element->kind == TRACE_LOST)
        ring->lost += element->slot[0];
    ring->last_tsc = element->exit_tsc;
}

uint64_t memory_ring_number(const struct memory_ring *ring)
{
    return ring->next - (ring->held - ring->at);
}

bool memory_ring_last_lost(struct memory_ring *ring, struct trace_element *lost)
{
    struct view view;

    if (!look(ring, &view) || !view.state.lost_now)
        return false;
    hold_lost(ring, view.state.first_lost_tsc, view.state.lost_now);
    *lost = ring->element[0];
    ring->at = 0;
    memory_ring_take(ring);
    return true;
}

bool memory_ring_statistics(struct memory_ring *ring, struct statistics *statistics)
{
    struct sums sums = { .statistics = statistics };
    struct view view;

    return look(ring, &view) &&
           memory_image_read(ring->image, ring->ring.statistics, statistics, sizeof(*statistics)) &&
           add_up(ring, tail_of(&view), view.end, &sums);
}
