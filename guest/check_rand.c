/* SPDX-License-Identifier: MIT */
/* RDRAND and RDSEED: registers of each size, flags, that values differ. */
#include "guest/check.h"

enum { LEAF1_ECX_RDRAND = 1u << 30, LEAF7_EBX_RDSEED = 1u << 18 };

enum { TRIES = 100 };

/*
 * All flags but CF are cleared, whatever they were; CF tells success. The value of one read, or 0
 * where there was none in many tries.
 */
#define RANDOM(instruction, register, value, flags)                                                \
    for (unsigned i_ = 0; i_ < TRIES; i_++) {                                                      \
        __asm__ volatile("mov %[set], %%" register "\n"                                            \
                                                   "mov $0x7fffffff, %%ebx\n"                      \
                                                   "add $1, %%ebx\n" instruction "\n"              \
                                                   "pushfq\npop %[state]\n"                        \
                                                   "mov %%" register ", %[result]"                 \
                         : [result] "=&r"(value), [state] "=&r"(flags)                             \
                         : [set] "r"(0x1122334455667788)                                           \
                         : register, "rbx", "cc");                                                 \
        if ((flags)&RFLAGS_CF)                                                                     \
            break;                                                                                 \
    }

enum { STATUS_FLAGS = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF };

#define CHECK_RANDOM(op, name)                                                                     \
    do {                                                                                           \
        uint64_t a, b, flags;                                                                      \
        RANDOM(op " %%r12", "r12", a, flags)                                                       \
        check_equal(flags &STATUS_FLAGS, RFLAGS_CF, "%s sets CF and clears the other flags",       \
                    name);                                                                         \
        RANDOM(op " %%rax", "rax", b, flags)                                                       \
        check(a != b, "%s gives different values", name);                                          \
        check(a >> 32 && b >> 32, "%s of 64 bits fills the upper half", name);                     \
        RANDOM(op " %%ecx", "rcx", a, flags)                                                       \
        check(!(a >> 32) && a != 0x55667788, "%s of 32 bits clears the upper half", name);         \
        RANDOM(op " %%r9w", "r9", a, flags)                                                        \
        RANDOM(op " %%r9w", "r9", b, flags)                                                        \
        check(a >> 16 == 0x112233445566 && b >> 16 == 0x112233445566,                              \
              "%s of 16 bits keeps the rest", name);                                               \
    } while (0)

void check_rand(void)
{
    if (cpuid(1, 0).ecx & LEAF1_ECX_RDRAND)
        CHECK_RANDOM("rdrand", "RDRAND");
    else
        check_fault(TRY("rdrand %%rax", (), (), ("rax")), EXCEPTION_UD, 0,
                    "RDRAND where CPUID has it not");
    if (cpuid(7, 0).ebx & LEAF7_EBX_RDSEED)
        CHECK_RANDOM("rdseed", "RDSEED");
    else
        check_fault(TRY("rdseed %%rax", (), (), ("rax")), EXCEPTION_UD, 0,
                    "RDSEED where CPUID has it not");
}
