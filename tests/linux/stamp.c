/* SPDX-License-Identifier: MIT */
/*
 * A Linux program without libc, `stamp N`: prints the time stamp counter, for counting what a phase
 * took. Under vexit it puts a marker into the trace, too: RBX is N (one digit), RCX the counter.
 */
#include <stddef.h>
#include <stdint.h>

#include "guest/vexit_call.h"

enum { SYSTEM_WRITE = 1, SYSTEM_EXIT = 60, STANDARD_OUTPUT = 1, DIGITS_MAX = 21 };

void stamp(const long *arguments);

static uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return low | (uint64_t)high << 32;
}

static long system_call(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static void cpuid(uint32_t leaf, uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
    __asm__ volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(0));
}

static int under_vexit(void)
{
    uint32_t a, b, c, d;

    cpuid(VEXIT_CPUID_SIGNATURE, &a, &b, &c, &d);
    return b == VEXIT_CPUID_EBX && c == VEXIT_CPUID_ECX && d == VEXIT_CPUID_EDX;
}

static void mark(long number, uint64_t value)
{
    long call = VEXIT_CALL_SIGNATURE | VEXIT_CALL_MARKER;

    __asm__ volatile("vmcall" : "+a"(call) : "b"(number), "c"(value), "d"(0), "S"(0) : "memory");
}

/* The kernel leaves the number of arguments on the stack, and pointers to them above it. */
__asm__(".globl _start\n"
        "_start: mov %rsp, %rdi\n"
        "        call stamp\n");

void stamp(const long *arguments)
{
    char text[DIGITS_MAX];
    size_t at = sizeof(text);
    uint64_t value = rdtsc();
    const char *number = arguments[0] > 1 ? (const char *)arguments[2] : "0";

    if (under_vexit())
        mark(*number - '0', value);

    text[--at] = '\n';
    do
        text[--at] = (char)('0' + value % 10);
    while (value /= 10);
    system_call(SYSTEM_WRITE, STANDARD_OUTPUT, (long)&text[at], (long)(sizeof(text) - at));
    system_call(SYSTEM_EXIT, 0, 0, 0);
    __builtin_unreachable();
}
