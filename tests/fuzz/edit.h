/* SPDX-License-Identifier: MIT */
/* Changes of an input that know how it is made, for custom mutators. */
#ifndef TESTS_FUZZ_EDIT_H
#define TESTS_FUZZ_EDIT_H

#include <stdbool.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/random.h"

/* What is changed: n bytes with room for `room`, and the state of the random numbers. */
struct edit {
    uint8_t *data;
    size_t n, room;
    uint64_t random;
};

/* A part of it. */
struct edit_piece {
    size_t at, n;
};

/* Puts n bytes, which are not of the input itself, in the place of a piece. False: there is no room. */
static inline bool edit_put(struct edit *edit, struct edit_piece piece, const void *bytes, size_t n)
{
    size_t behind = piece.at + piece.n;

    if (edit->n - piece.n + n > edit->room)
        return false;
    memmove(edit->data + piece.at + n, edit->data + behind, edit->n - behind);
    if (n)
        memcpy(edit->data + piece.at, bytes, n);
    edit->n = edit->n - piece.n + n;
    return true;
}

/* A number of `size` bytes, little endian. */
static inline uint64_t edit_get(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    memcpy(&value, bytes, size);
    return value;
}

/* Takes the piece if none was taken before, and else one time in as many as were seen: each as often. */
static inline void edit_pick(struct edit *edit, struct edit_piece *picked, unsigned *seen,
                             size_t at, size_t n)
{
    if (random_below(&edit->random, ++*seen) == 0)
        *picked = (struct edit_piece){ at, n };
}

/* A value as traces have them: small in most cases. */
static inline uint64_t edit_value(struct edit *edit)
{
    return random_below(&edit->random, 3) ? random_below(&edit->random, 60)
                                          : random_wild(&edit->random);
}

/* libFuzzer's changes of a piece, whose length stays the same. */
static inline void edit_wildly(struct edit *edit, struct edit_piece piece)
{
    if (piece.n)
        LLVMFuzzerMutate(edit->data + piece.at, piece.n, piece.n);
}

#endif
