/* SPDX-License-Identifier: MIT */
/*
 * Traces that no guest makes: elements as hard on a codec as a seed can find. Each trace has a
 * character of its own: how many keys it has and in which order they come, how its times go, how
 * much of it is not as expected.
 */
#ifndef TESTS_UNIT_WILD_TRACE_H
#define TESTS_UNIT_WILD_TRACE_H

#include "tests/unit/random.h"
#include "trace/exit_reasons.h"
#include "trace/record.h"

enum { WILD_KEYS = 300 };

struct wild_trace {
    uint64_t random;
    uint64_t tsc;
    struct trace_element key[WILD_KEYS]; /* what the next element of each key begins as */
    unsigned keys;
    unsigned at;     /* the key of the element before */
    unsigned stay;   /* per cent of elements that have the key of the one before */
    unsigned follow; /* ... of the others that have the next key; the rest have any */
    unsigned chaos;  /* ... of values that are any number at all */
    bool readable;   /* only what record lines carry, too */
};

/* Fills in what identifies a key. */
static inline void wild_key(struct wild_trace *wild, struct trace_element *key)
{
    static const uint32_t flags[] = { 0, 0, 0, 0x80000000, 1u << 27, 0xffff0000, 300 };
    uint64_t *random = &wild->random;

    *key = (struct trace_element){ .rip = random_wild(random), .written = 1 };
    if (random_below(random, 8) == 0)
        key->kind = (uint8_t)random_below(random, TRACE_KINDS);
    if (key->kind <= TRACE_EXIT_ONLY) {
        key->reason = (uint32_t)random_below(random, EXIT_REASONS + 2);
        key->reason |= flags[random_below(random, sizeof(flags) / sizeof(flags[0]))];
        key->written |= (uint8_t)random_below(random, 32);
    } else if (key->kind == TRACE_MARKER) {
        key->written = (uint8_t)random_below(random, wild->readable ? 16 : 256);
    }
    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        key->slot[i] = random_wild(random);
}

/* The character of the trace that this seed stands for. */
static inline void wild_begin(struct wild_trace *wild, uint64_t seed, bool readable)
{
    static const unsigned keys[] = { 1, 2, 3, 10, 40, 127, 128, 129, 150, WILD_KEYS };
    static const unsigned per_cent[] = { 0, 1, 10, 50, 90, 99, 100 };
    static const unsigned chaos[] = { 0, 0, 1, 10, 100 };
    uint64_t *random = &wild->random;

    *wild = (struct wild_trace){ .random = seed, .readable = readable };
    wild->keys = keys[random_below(random, sizeof(keys) / sizeof(keys[0]))];
    wild->stay = per_cent[random_below(random, sizeof(per_cent) / sizeof(per_cent[0]))];
    wild->follow = per_cent[random_below(random, sizeof(per_cent) / sizeof(per_cent[0]))];
    wild->chaos = chaos[random_below(random, sizeof(chaos) / sizeof(chaos[0]))];
    wild->tsc = random_wild(random);
    for (unsigned i = 0; i < wild->keys; i++)
        wild_key(wild, &wild->key[i]);
}

/* Any number in as many cases as the trace's character says, else `usual`. */
static inline uint64_t wild_value(struct wild_trace *wild, uint64_t usual)
{
    return random_below(&wild->random, 100) < wild->chaos ? random_wild(&wild->random) : usual;
}

/* The next element, of vCPU 0. */
static inline void wild_next(struct wild_trace *wild, struct trace_element *element)
{
    uint64_t *random = &wild->random;

    if (random_below(random, 100) >= wild->stay)
        wild->at = random_below(random, 100) < wild->follow
                       ? (wild->at + 1) % wild->keys
                       : (unsigned)random_below(random, wild->keys);

    struct trace_element *key = &wild->key[wild->at];

    key->exit_tsc = wild_value(wild, wild->tsc + 100);
    key->entry_tsc = wild_value(wild, key->exit_tsc + 50);
    key->qualification = wild_value(wild, key->qualification);
    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        key->slot[i] = wild_value(wild, key->slot[i]);
    wild->tsc = key->kind == TRACE_EXIT_ENTRY ? key->entry_tsc : key->exit_tsc;
    *element = *key;
}

#endif
