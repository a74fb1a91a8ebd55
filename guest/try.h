/* SPDX-License-Identifier: MIT */
/* Tries of privileged instructions with operands, for more than one class of checks. */
#ifndef GUEST_TRY_H
#define GUEST_TRY_H

#include "guest/trap.h"
#include "guest/user.h"

/* Not canonical with 48 bits of linear address. */
#define NONCANONICAL 0x8000000000000000

static inline struct trap try_rdmsr(uint32_t msr, uint64_t *value)
{
    uint32_t low = 0, high = 0;
    struct trap t = TRY("rdmsr", ("+a"(low), "+d"(high)), ("c"(msr)), ());

    *value = (uint64_t)high << 32 | low;
    return t;
}

static inline struct trap try_wrmsr(uint32_t msr, uint64_t value)
{
    return TRY("wrmsr", (), ("c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))), ());
}

static inline struct trap try_xsetbv(uint32_t xcr, uint64_t value)
{
    return TRY("xsetbv", (), ("c"(xcr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))), ());
}

/*
 * AT_USER(name, ...) defines a function that does TRY(...) wherever it is called, and
 * try_at_user(name) calls it at CPL 3.
 */
#define AT_USER(name, instruction, outputs, inputs, clobbers)                                      \
    static uint64_t name(void *trap)                                                               \
    {                                                                                              \
        *(struct trap *)trap = TRY(instruction, outputs, inputs, clobbers);                        \
        return 0;                                                                                  \
    }

static inline struct trap try_at_user(uint64_t (*function)(void *trap))
{
    struct trap t;

    user_call(function, &t);
    return t;
}

/* try_write_cr0() ... try_write_dr7() */
#define TRY_WRITE(name)                                                                            \
    static inline struct trap try_write_##name(uint64_t value)                                     \
    {                                                                                              \
        return TRY("mov %0, %%" #name, (), ("r"(value)), ());                                      \
    }

TRY_WRITE(cr0)
TRY_WRITE(cr3)
TRY_WRITE(cr4)
TRY_WRITE(cr8)
TRY_WRITE(dr6)
TRY_WRITE(dr7)
#undef TRY_WRITE

#endif
