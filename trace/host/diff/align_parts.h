/* SPDX-License-Identifier: MIT */
/* What the parts of the aligner share. Not for its users. */
#ifndef TRACE_HOST_DIFF_ALIGN_PARTS_H
#define TRACE_HOST_DIFF_ALIGN_PARTS_H

#include "trace/host/diff/align.h"

enum {
    ALIGN_LOOKS = 3, /* lengths of stretches that are looked for */
    ALIGN_PATHS = (ALIGN_EDITS + 1) * (ALIGN_EDITS + 2) / 2, /* of 0 to ALIGN_EDITS edits */
};

struct aligner {
    struct align_side *side[2];
    uint64_t at[2];  /* what was told so far */
    int64_t goal[2]; /* how far from there is looked, at most ALIGN_REACH */
    const struct align_events *events;
    /*
     * Myers: with d edits, one path ends furthest on each of the diagonals k = x - y of -d, -d + 2
     * ... d; its x is in reach[d * (d + 1) / 2 + (k + d) / 2].
     */
    int32_t reach[ALIGN_PATHS];
    struct align_look {
        uint64_t end[2]; /* where the stretch that was found begins */
        uint64_t next;   /* found none: the sum of at[] from where on it is worth to look again */
    } look[ALIGN_LOOKS];
    /* Stretches of tokens in the second sequence, by their hash. */
    unsigned index_bits;
    struct stretch {
        uint64_t hash;
        uint32_t place;   /* where it comes first: distance from at[1] + 1; 0: empty */
        uint8_t count[2]; /* how often it comes in each sequence; 2: more than once */
    } index[2 * ALIGN_WINDOW];
};

/* Whether a sequence has a token at this distance, before the goal. */
static inline bool aligner_has(struct aligner *aligner, unsigned side, int64_t distance)
{
    return distance < aligner->goal[side] &&
           align_has(aligner->side[side], aligner->at[side] + (uint64_t)distance);
}

static inline uint64_t aligner_token(const struct aligner *aligner, unsigned side, int64_t distance)
{
    return align_token(aligner->side[side], aligner->at[side] + (uint64_t)distance);
}

static inline bool aligner_equal(struct aligner *aligner, int64_t x, int64_t y)
{
    return aligner_has(aligner, 0, x) && aligner_has(aligner, 1, y) &&
           aligner_token(aligner, 0, x) == aligner_token(aligner, 1, y);
}

static inline uint64_t aligner_least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Tells the next n tokens of both: the same. */
void aligner_same(struct aligner *aligner, uint64_t n);

/* Tells the next na and nb tokens: different. */
void aligner_differ(struct aligner *aligner, uint64_t na, uint64_t nb);

/*
 * Tells the path of the fewest edits that leads to the goals or ends of both sequences, or to `sync`
 * equal tokens (0: no number of them is enough). False where that takes more than `most` edits.
 */
bool aligner_edits(struct aligner *aligner, int most, int32_t sync);

/*
 * After aligner_edits() found none: tells the path of ALIGN_EDITS edits that leads furthest, if at
 * least half as much of it is equal as edited.
 */
bool aligner_furthest(struct aligner *aligner);

/*
 * Sets the goal to where the next stretch begins that both sequences have, once each as far as is
 * looked; the longest stretches by look 0, the shortest by look ALIGN_LOOKS - 1. False, and the
 * goal stays, where there is none before the goal.
 */
bool aligner_narrow(struct aligner *aligner, unsigned look);

/* The same for the nearest ALIGN_SYNC tokens, once or not. */
bool aligner_narrow_any(struct aligner *aligner);

/* How many tokens of a sequence, `reach` at most, come from here to the goal. */
uint32_t aligner_within(struct aligner *aligner, unsigned side, uint32_t reach);

#endif
