/* SPDX-License-Identifier: MIT */
/* Breakpoints by DR7: SDM "Debug Control Register (DR7)". */
#ifndef GUEST_DEBUG_REGISTERS_H
#define GUEST_DEBUG_REGISTERS_H

#include "vmx/x86.h"

enum breakpoint {
    BREAKPOINT_EXECUTE = 0,
    BREAKPOINT_WRITE = 1,
    BREAKPOINT_IO = 2, /* needs CR4.DE */
    BREAKPOINT_ACCESS = 3,
};

/* DR7 with breakpoint n enabled for bytes (1, 2, 4) at the address in DRn. */
static inline uint64_t breakpoint_enable(unsigned n, enum breakpoint kind, unsigned bytes)
{
    return DR7_FIXED | 2u << 2 * n | (uint64_t)((bytes - 1) << 2 | kind) << (16 + 4 * n);
}

/* DR6 after a reset, and before a check that looks at it. */
enum { DR6_CLEAR = DR6_FIXED };

#endif
