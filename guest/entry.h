/* SPDX-License-Identifier: MIT */
/* What the loader handed over, as start.S saved it before it changed anything. */
#ifndef GUEST_ENTRY_H
#define GUEST_ENTRY_H

#include <stdint.h>

struct entry_state {
    uint32_t eax, ebx; /* Multiboot: 0x2badb002, the information's address */
    uint32_t eflags, cr0, cr4;
    uint16_t cs, ds, es, ss;
};

extern const struct entry_state entry_state;

#endif
