/* SPDX-License-Identifier: MIT */
/* A Linux program without libc: prints the time stamp counter, for counting what a phase took. */
#include <stddef.h>
#include <stdint.h>

enum { SYSTEM_WRITE = 1, SYSTEM_EXIT = 60, STANDARD_OUTPUT = 1, DIGITS_MAX = 21 };

void _start(void);

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

void _start(void)
{
    char text[DIGITS_MAX];
    size_t at = sizeof(text);
    uint64_t value = rdtsc();

    text[--at] = '\n';
    do
        text[--at] = (char)('0' + value % 10);
    while (value /= 10);
    system_call(SYSTEM_WRITE, STANDARD_OUTPUT, (long)&text[at], (long)(sizeof(text) - at));
    system_call(SYSTEM_EXIT, 0, 0, 0);
    __builtin_unreachable();
}
