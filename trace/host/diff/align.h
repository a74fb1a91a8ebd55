/* SPDX-License-Identifier: MIT */
/*
 * Aligns two long sequences: what they have in common, in order, and what only one of them has.
 * Works on streams, within a window of bounded size.
 *
 * A few additions and removals are told as they are (the fewest: Myers, "An O(ND) Difference
 * Algorithm and Its Variations"). What differs more is first cut at stretches of 512, 128 and 32
 * tokens that both sequences have, once each as far as is looked: a loop that runs longer in one of
 * the two is then not taken for the next loop. Between two such stretches the fewest additions and
 * removals are told if they are at most ALIGN_EDITS, else all of it as one replacement. ALIGN_REACH
 * is how long a difference may be: behind a longer one, what the two have in common may be told as
 * different.
 */
#ifndef TRACE_HOST_DIFF_ALIGN_H
#define TRACE_HOST_DIFF_ALIGN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    ALIGN_EDITS = 512,
    ALIGN_SYNC = 32,
    ALIGN_BATCH = 1024,     /* tokens that fetch() may add at once */
    ALIGN_BEHIND = 64,      /* tokens that stay in the ring after their turn */
    ALIGN_WINDOW = 1 << 17, /* places of a ring */
    ALIGN_REACH = ALIGN_WINDOW - ALIGN_BATCH - ALIGN_BEHIND,
};

/* One sequence. Equal things have equal tokens. */
struct align_side {
    void *context;
    uint64_t *ring;   /* token n is in ring[n % ALIGN_WINDOW] */
    uint64_t fetched; /* how many tokens were stored so far */
    bool over;        /* no more come */
    /* Stores up to ALIGN_BATCH more tokens, at least one, or sets `over`. */
    void (*fetch)(struct align_side *side);
};

/* What is found, in order; a and b are positions in the two sequences. */
struct align_events {
    void *context;
    void (*same)(void *context, uint64_t a, uint64_t b, uint64_t n);
    /* na tokens of the first stand where the second has nb. Two calls in a row are one place. */
    void (*differ)(void *context, uint64_t a, uint64_t na, uint64_t b, uint64_t nb);
};

/* Aligns the two to their ends. False without memory. */
bool align(struct align_side *a, struct align_side *b, const struct align_events *events);

/* Whether the sequence has a token n, which is fetched if it is not there yet. */
static inline bool align_has(struct align_side *side, uint64_t n)
{
    while (side->fetched <= n && !side->over)
        side->fetch(side);
    return side->fetched > n;
}

static inline uint64_t align_token(const struct align_side *side, uint64_t n)
{
    return side->ring[n % ALIGN_WINDOW];
}

#endif
