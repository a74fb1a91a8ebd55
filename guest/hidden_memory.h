/* SPDX-License-Identifier: MIT */
/* Where the VMM's own memory is, by what the memory map says. */
#ifndef GUEST_HIDDEN_MEMORY_H
#define GUEST_HIDDEN_MEMORY_H

#include <stdint.h>

struct range {
    uint64_t base, length;
};

/*
 * The reserved range right behind the available memory that ends last below 4 GiB: the VMM lives
 * at the top of memory. Length 0 where there is none.
 */
struct range hidden_memory(void);

#endif
