/* SPDX-License-Identifier: MIT */
/* Aligns two long sequences. */
#include "trace/host/diff/align.h"

#include <stdlib.h>
#include <string.h>

#include "trace/host/diff/align_parts.h"

enum {
    FEW = 16,                   /* edits that are tried before anything else, ... */
    FEW_SYNC = 128,             /* ... and equal tokens behind them that are convincing */
    GIVE_UP = ALIGN_WINDOW / 4, /* told as different where no equal stretch is within reach */
};

void aligner_same(struct aligner *aligner, uint64_t n)
{
    if (n)
        aligner->events->same(aligner->events->context, aligner->at[0], aligner->at[1], n);
    aligner->at[0] += n;
    aligner->at[1] += n;
}

void aligner_differ(struct aligner *aligner, uint64_t na, uint64_t nb)
{
    if (na || nb)
        aligner->events->differ(aligner->events->context, aligner->at[0], na, aligner->at[1], nb);
    aligner->at[0] += na;
    aligner->at[1] += nb;
}

/* All that is before the goal; without one a part of what is within reach. */
static void tell_part(struct aligner *aligner)
{
    uint32_t na = aligner_within(aligner, 0, ALIGN_REACH);
    uint32_t nb = aligner_within(aligner, 1, ALIGN_REACH);

    if (na < ALIGN_REACH && nb < ALIGN_REACH)
        aligner_differ(aligner, na, nb);
    else
        aligner_differ(aligner, aligner_least(na, GIVE_UP), aligner_least(nb, GIVE_UP));
}

/* One sequence is over: the rest of the other. */
static void tell_rest(struct aligner *aligner)
{
    uint64_t n[2] = { 0, 0 };

    for (unsigned side = 0; side < 2; side++)
        if (aligner_has(aligner, side, 0))
            n[side] = aligner->side[side]->fetched - aligner->at[side];
    aligner_differ(aligner, n[0], n[1]);
}

/* Whether the goal may be within ALIGN_EDITS edits, and is. */
static bool tell_to_goal(struct aligner *aligner)
{
    int64_t longer = aligner->goal[0] - aligner->goal[1];

    return longer <= ALIGN_EDITS && -longer <= ALIGN_EDITS &&
           aligner_edits(aligner, ALIGN_EDITS, 0);
}

static void tell_difference(struct aligner *aligner)
{
    if (!aligner_has(aligner, 0, 0) || !aligner_has(aligner, 1, 0)) {
        tell_rest(aligner);
        return;
    }
    if (aligner_edits(aligner, FEW, FEW_SYNC))
        return;
    for (unsigned i = 0; i < ALIGN_LOOKS; i++)
        if (aligner_narrow(aligner, i) && tell_to_goal(aligner))
            return;
    if (aligner_edits(aligner, ALIGN_EDITS, ALIGN_SYNC) || aligner_furthest(aligner))
        return;
    aligner_narrow_any(aligner);
    tell_part(aligner);
}

bool align(struct align_side *a, struct align_side *b, const struct align_events *events)
{
    struct aligner *aligner = malloc(sizeof(*aligner));

    if (!aligner)
        return false;
    aligner->side[0] = a;
    aligner->side[1] = b;
    aligner->at[0] = aligner->at[1] = 0;
    aligner->events = events;
    aligner->goal[0] = aligner->goal[1] = ALIGN_REACH;
    memset(aligner->look, 0, sizeof(aligner->look));
    while (aligner_has(aligner, 0, 0) || aligner_has(aligner, 1, 0)) {
        uint64_t n = 0;

        aligner->goal[0] = aligner->goal[1] = ALIGN_REACH;
        while (n < ALIGN_BATCH && aligner_equal(aligner, (int64_t)n, (int64_t)n))
            n++;
        if (n)
            aligner_same(aligner, n);
        else
            tell_difference(aligner);
    }
    free(aligner);
    return true;
}
