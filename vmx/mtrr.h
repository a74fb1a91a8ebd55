/* SPDX-License-Identifier: MIT */
/* Which type physical memory has: SDM "Memory Type Range Registers (MTRRs)". */
#ifndef VMX_MTRR_H
#define VMX_MTRR_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/x86.h"

enum {
    MTRR_FIXED = 11,        /* fixed-range registers, in ascending order of address */
    MTRR_VARIABLE_MAX = 40, /* pairs between the MSRs 0x200 and 0x250: no CPU can have more */
};

struct mtrr_state {
    uint64_t capability;   /* IA32_MTRRCAP */
    uint64_t default_type; /* IA32_MTRR_DEF_TYPE */
    uint64_t fixed[MTRR_FIXED];
    struct {
        uint64_t base; /* IA32_MTRR_PHYSBASEn */
        uint64_t mask; /* IA32_MTRR_PHYSMASKn */
    } variable[MTRR_VARIABLE_MAX];
};

/* mtrr_read - this CPU's registers; write-back everywhere on a CPU without MTRRs. */
void mtrr_read(struct mtrr_state *state);

/* mtrr_owns - whether that MSR is one of those which mtrr_read reads (and a WRMSR may change). */
bool mtrr_owns(uint32_t msr);

/*
 * mtrr_type - the memory type at physical address pa, by the rules of the SDM's section "MTRR
 * Precedences"; overlaps that it leaves undefined count as UC.
 *
 * length is a power of two of at least 4 KiB, and pa a multiple of it. *uniform becomes true where
 * all of these bytes surely have the type returned. 4 KiB are always uniform.
 */
enum memory_type mtrr_type(const struct mtrr_state *state, uint64_t pa, uint64_t length,
                           bool *uniform);

#endif
