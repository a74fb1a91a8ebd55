/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target: reads bytes that nobody meant well with. libFuzzer calls it (`make fuzz`), and so
 * does replay.c with the inputs that are in the tree (`make test`).
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One input; returns 0. Must not keep anything from one call to the next. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A target may change inputs in a way of its own, for example so that checksums stay good. libFuzzer
 * gives it n bytes with room for `room`, and takes back how many there are then.
 */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed);

/* libFuzzer's usual changes, for use in that; not there in the programs that only replay. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t room) __attribute__((weak));

/* What must be true of every input: the program ends where it is not. */
#define FUZZ_REQUIRE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
