/* SPDX-License-Identifier: MIT */
/* Random numbers for unit tests: the same ones in every run. */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <stdint.h>

/* The next number of the sequence that *state is in (splitmix64). */
static inline uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* A number below limit. */
static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
    return random_next(state) % limit;
}

/* A number of random length: small ones, large ones and all ones come often. */
static inline uint64_t random_wild(uint64_t *state)
{
    uint64_t value = random_next(state) >> random_below(state, 64);

    return random_below(state, 8) ? value : ~value;
}

#endif
