/* SPDX-License-Identifier: MIT */
/* Numbers at random, the same in every run from the same seed (xorshift, 32 bits). */
#ifndef TESTS_KERNELS_RANDOM_H
#define TESTS_KERNELS_RANDOM_H

#include <stdint.h>

static uint32_t seed = 1; /* never 0 */

static inline uint32_t random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

/* A number less than n. */
static inline uint32_t below(uint32_t n)
{
    return random() % n;
}

#endif
