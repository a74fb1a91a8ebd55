/* SPDX-License-Identifier: MIT */
/* Finds the end of a large difference: the next stretch that both sequences have. */
#include <string.h>

#include "trace/host/diff/align_parts.h"

enum {
    NEAR_BITS = 13, /* within this reach (a power of two) a stretch is looked for first, ... */
    FAR_BITS = 17,  /* ... and within this one last */
    STEP_BITS = 2,
};

_Static_assert((FAR_BITS - NEAR_BITS) % STEP_BITS == 0, "the steps lead from near to far");
_Static_assert(ALIGN_WINDOW == 1 << FAR_BITS, "the last look is as far as the window");

/* A polling loop that prints is much the same everywhere: a short stretch of it says little. */
static const uint32_t stretch_length[ALIGN_LOOKS] = { 512, 128, ALIGN_SYNC };

/* Multiplier of the hash of a stretch of tokens: odd, with bits all over. */
#define SPREAD UINT64_C(0x9e3779b97f4a7c15)

/* What is looked for, and where. */
struct look {
    uint32_t length;  /* of a stretch, in tokens */
    bool once;        /* it must come only once in each sequence; what repeats would lead astray */
    uint32_t n[2];    /* tokens of each sequence that are within reach */
    uint64_t leaving; /* what the token that leaves a stretch was multiplied by */
};

static uint64_t power(uint32_t exponent)
{
    uint64_t product = 1;

    while (exponent--)
        product *= SPREAD;
    return product;
}

/* The hash of the stretch that ends with token `last`, from that of the one before it. */
static uint64_t roll(const struct aligner *aligner, const struct look *look, unsigned side,
                     uint32_t last, uint64_t hash)
{
    hash = (hash + aligner_token(aligner, side, last)) * SPREAD;
    if (last >= look->length)
        hash -= aligner_token(aligner, side, last - look->length) * look->leaving;
    return hash;
}

/* Where in the index the stretch of this hash is, or would be. */
static struct stretch *find(struct aligner *aligner, uint64_t hash)
{
    uint64_t places = UINT64_C(1) << aligner->index_bits;
    uint64_t i = hash * SPREAD >> (64 - aligner->index_bits);

    while (aligner->index[i].place && aligner->index[i].hash != hash)
        i = (i + 1) % places;
    return &aligner->index[i];
}

/*
 * Notes where each stretch of the second sequence comes first, and how often either sequence has
 * it.
 */
static void make_index(struct aligner *aligner, const struct look *look)
{
    memset(aligner->index, 0, sizeof(aligner->index[0]) << aligner->index_bits);
    for (unsigned side = 2; side-- > 0;) {
        uint64_t hash = 0;

        for (uint32_t last = 0; last < look->n[side]; last++) {
            hash = roll(aligner, look, side, last, hash);
            if (last < look->length - 1)
                continue;

            struct stretch *stretch = find(aligner, hash);

            if (side == 1 && !stretch->place)
                *stretch = (struct stretch){ .hash = hash, .place = last - look->length + 2 };
            if (stretch->count[side] < 2)
                stretch->count[side]++;
        }
    }
}

static bool same_stretch(const struct aligner *aligner, uint32_t length, uint32_t x, uint32_t y)
{
    for (uint32_t i = 0; i < length; i++)
        if (aligner_token(aligner, 0, x + i) != aligner_token(aligner, 1, y + i))
            return false;
    return true;
}

/* Finds the nearest stretch and makes it the goal. False where there is none. */
static bool find_stretch(struct aligner *aligner, const struct look *look)
{
    uint64_t hash = 0;
    uint32_t best = UINT32_MAX;

    make_index(aligner, look);
    for (uint32_t last = 0; last < look->n[0] && last < best; last++) {
        hash = roll(aligner, look, 0, last, hash);
        if (last < look->length - 1)
            continue;

        const struct stretch *stretch = find(aligner, hash);
        uint32_t x = last - look->length + 1, y = stretch->place - 1;

        if (!stretch->place || x + y >= best ||
            (look->once && (stretch->count[0] > 1 || stretch->count[1] > 1)) ||
            !same_stretch(aligner, look->length, x, y))
            continue;
        best = x + y;
        aligner->goal[0] = x;
        aligner->goal[1] = y;
    }
    return best != UINT32_MAX;
}

uint32_t aligner_within(struct aligner *aligner, unsigned side, uint32_t reach)
{
    if (reach > aligner->goal[side])
        reach = (uint32_t)aligner->goal[side];
    if (reach == 0 || align_has(aligner->side[side], aligner->at[side] + reach - 1))
        return reach;
    return (uint32_t)(aligner->side[side]->fetched - aligner->at[side]);
}

/* Makes the next such stretch the goal. False where none is within reach. */
static bool narrow(struct aligner *aligner, uint32_t length, bool once)
{
    for (unsigned bits = once ? NEAR_BITS : FAR_BITS; bits <= FAR_BITS; bits += STEP_BITS) {
        uint32_t reach = (uint32_t)aligner_least(1u << bits, ALIGN_REACH);
        struct look look = {
            .length = length,
            .once = once,
            .n = { aligner_within(aligner, 0, reach), aligner_within(aligner, 1, reach) },
            .leaving = power(length + 1),
        };

        aligner->index_bits = bits + 1;
        if (find_stretch(aligner, &look))
            return true;
        if (look.n[0] < reach && look.n[1] < reach)
            return false;
    }
    return false;
}

bool aligner_narrow(struct aligner *aligner, unsigned number)
{
    struct align_look *look = &aligner->look[number];
    const uint64_t *at = aligner->at;
    int64_t *goal = aligner->goal;

    if (at[0] + at[1] < look->next)
        return false;

    /* What was found is good until it is reached. */
    int64_t x = (int64_t)(look->end[0] - at[0]), y = (int64_t)(look->end[1] - at[1]);

    if (x >= 0 && y >= 0 && x + y > 0 && x <= goal[0] && y <= goal[1]) {
        goal[0] = x;
        goal[1] = y;
        return true;
    }
    if (!narrow(aligner, stretch_length[number], true)) {
        look->next = at[0] + at[1] + (uint64_t)(goal[0] + goal[1]) / 4;
        return false;
    }
    look->end[0] = at[0] + (uint64_t)goal[0];
    look->end[1] = at[1] + (uint64_t)goal[1];
    return true;
}

bool aligner_narrow_any(struct aligner *aligner)
{
    return narrow(aligner, ALIGN_SYNC, false);
}
