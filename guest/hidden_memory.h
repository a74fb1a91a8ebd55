/* SPDX-License-Identifier: MIT */
/* Where the VMM's own memory is. */
#ifndef GUEST_HIDDEN_MEMORY_H
#define GUEST_HIDDEN_MEMORY_H

#include <stdint.h>

struct range {
    uint64_t base, length;
};

/* What the hypervisor leaf says, if the memory map has it reserved; length 0 if it has not. */
struct range hidden_memory(void);

#endif
