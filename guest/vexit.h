/* SPDX-License-Identifier: MIT */
/* The guest's side of vexit's services; numbers and meanings: vexit_call.h. */
#ifndef GUEST_VEXIT_H
#define GUEST_VEXIT_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/vexit_call.h"
#include "vmx/x86.h"

/* vexit_call - one service with one argument; returns RAX. */
static inline uint64_t vexit_call(uint32_t function, uint64_t argument)
{
    uint64_t result = VEXIT_CALL_SIGNATURE | function;

    __asm__ volatile("vmcall" : "+a"(result) : "b"(argument) : "memory");
    return result;
}

/* vexit_marker - writes four values into the trace; returns RAX. */
static inline uint64_t vexit_marker(uint64_t rbx, uint64_t rcx, uint64_t rdx, uint64_t rsi)
{
    uint64_t result = VEXIT_CALL_SIGNATURE | VEXIT_CALL_MARKER;

    __asm__ volatile("vmcall" : "+a"(result) : "b"(rbx), "c"(rcx), "d"(rdx), "S"(rsi) : "memory");
    return result;
}

/* vexit_present - whether this is a guest of vexit. */
static inline bool vexit_present(void)
{
    struct cpuid id = cpuid(VEXIT_CPUID_SIGNATURE, 0);

    return id.ebx == VEXIT_CPUID_EBX && id.ecx == VEXIT_CPUID_ECX && id.edx == VEXIT_CPUID_EDX;
}

#endif
