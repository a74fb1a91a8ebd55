/* SPDX-License-Identifier: MIT */
/* Memory types from the MTRRs; all but mtrr_read() is pure. */
#include <stddef.h>

#include "vmx/msr.h"
#include "vmx/mtrr.h"

#define CPUID_1_EDX_MTRR (1u << 12)
#define FIXED_END        0x100000u /* the fixed ranges cover the first MiB */
#define PAGE             0x1000u
#define RANGE_ADDRESS    (~UINT64_C(0xfff)) /* bits above the physical-address width are 0 */
#define NO_TYPE          UINT8_MAX

static const uint32_t fixed_msr[MTRR_FIXED] = {
    MSR_IA32_MTRR_FIX64K_00000, MSR_IA32_MTRR_FIX16K_80000, MSR_IA32_MTRR_FIX16K_A0000,
    MSR_IA32_MTRR_FIX4K_C0000,  MSR_IA32_MTRR_FIX4K_C8000,  MSR_IA32_MTRR_FIX4K_D0000,
    MSR_IA32_MTRR_FIX4K_D8000,  MSR_IA32_MTRR_FIX4K_E0000,  MSR_IA32_MTRR_FIX4K_E8000,
    MSR_IA32_MTRR_FIX4K_F0000,  MSR_IA32_MTRR_FIX4K_F8000,
};

static unsigned variable_count(const struct mtrr_state *state)
{
    unsigned count = state->capability & MTRRCAP_VCNT_MASK;

    return count < MTRR_VARIABLE_MAX ? count : MTRR_VARIABLE_MAX;
}

void mtrr_read(struct mtrr_state *state)
{
    *state = (struct mtrr_state){ .default_type = MEMORY_TYPE_WB | MTRR_DEF_TYPE_ENABLE };
    if (!(cpuid(1, 0).edx & CPUID_1_EDX_MTRR))
        return;
    state->capability = rdmsr(MSR_IA32_MTRRCAP);
    state->default_type = rdmsr(MSR_IA32_MTRR_DEF_TYPE);
    for (unsigned i = 0; i < variable_count(state); i++) {
        state->variable[i].base = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * i);
        state->variable[i].mask = rdmsr(MSR_IA32_MTRR_PHYSMASK0 + 2 * i);
    }
    if (state->capability & MTRRCAP_FIX)
        for (unsigned i = 0; i < MTRR_FIXED; i++)
            state->fixed[i] = rdmsr(fixed_msr[i]);
}

bool mtrr_owns(uint32_t msr)
{
    if (msr == MSR_IA32_MTRR_DEF_TYPE)
        return true;
    if (msr >= MSR_IA32_MTRR_PHYSBASE0 && msr < MSR_IA32_MTRR_PHYSBASE0 + 2 * MTRR_VARIABLE_MAX)
        return true;
    for (unsigned i = 0; i < MTRR_FIXED; i++)
        if (msr == fixed_msr[i])
            return true;
    return false;
}

/* Eight ranges a register: of 64 KiB in the first, 16 KiB in the next two, 4 KiB in the rest. */
static uint8_t fixed_type(const struct mtrr_state *state, uint64_t pa)
{
    unsigned index, range;

    if (pa < 0x80000) {
        index = 0;
        range = (unsigned)(pa >> 16);
    } else if (pa < 0xc0000) {
        index = 1 + (unsigned)((pa - 0x80000) >> 17);
        range = (pa >> 14) & 7;
    } else {
        index = 3 + (unsigned)((pa - 0xc0000) >> 15);
        range = (pa >> 12) & 7;
    }
    return (uint8_t)(state->fixed[index] >> (8 * range));
}

static uint8_t fixed_types(const struct mtrr_state *state, uint64_t pa, uint64_t length,
                           bool *uniform)
{
    uint8_t type = fixed_type(state, pa);

    *uniform = pa + length <= FIXED_END;
    for (uint64_t at = pa; *uniform && at < pa + length; at += PAGE)
        *uniform = fixed_type(state, at) == type;
    return type;
}

/* Two types for one address: UC wins, WT wins over WB, and what the SDM leaves undefined is UC. */
static uint8_t combine(uint8_t a, uint8_t b)
{
    if (a == NO_TYPE || a == b)
        return b;
    if ((a == MEMORY_TYPE_WT && b == MEMORY_TYPE_WB) ||
        (a == MEMORY_TYPE_WB && b == MEMORY_TYPE_WT))
        return MEMORY_TYPE_WT;
    return MEMORY_TYPE_UC;
}

/*
 * Which part of a naturally aligned block a variable range covers. The mask need not be contiguous:
 * where the bits that it compares all lie above the block, the answer is the same for every byte.
 */
enum coverage { NOTHING, PART, ALL };

static enum coverage coverage(const struct mtrr_state *state, unsigned i, uint64_t pa,
                              uint64_t length)
{
    uint64_t mask = state->variable[i].mask & RANGE_ADDRESS;

    if (!(state->variable[i].mask & MTRR_PHYSMASK_VALID))
        return NOTHING;
    if ((pa ^ state->variable[i].base) & mask & ~(length - 1))
        return NOTHING;
    return mask & (length - 1) ? PART : ALL;
}

static uint8_t variable_types(const struct mtrr_state *state, uint64_t pa, uint64_t length,
                              bool *uniform)
{
    uint8_t whole = NO_TYPE;
    uint8_t type;

    for (unsigned i = 0; i < variable_count(state); i++)
        if (coverage(state, i, pa, length) == ALL)
            whole = combine(whole, (uint8_t)state->variable[i].base);
    type = whole == NO_TYPE ? state->default_type & MTRR_DEF_TYPE_MASK : whole;

    *uniform = true;
    for (unsigned i = 0; i < variable_count(state); i++)
        if (coverage(state, i, pa, length) == PART)
            *uniform &= combine(whole, (uint8_t)state->variable[i].base) == type;
    return type;
}

enum memory_type mtrr_type(const struct mtrr_state *state, uint64_t pa, uint64_t length,
                           bool *uniform)
{
    bool fixed =
        (state->capability & MTRRCAP_FIX) && (state->default_type & MTRR_DEF_TYPE_FIXED_ENABLE);

    *uniform = true;
    if (!(state->default_type & MTRR_DEF_TYPE_ENABLE))
        return MEMORY_TYPE_UC;
    if (fixed && pa < FIXED_END)
        return fixed_types(state, pa, length, uniform);
    return variable_types(state, pa, length, uniform);
}
