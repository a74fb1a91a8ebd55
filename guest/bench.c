/* SPDX-License-Identifier: MIT */
/*
 * What exits cost. Each figure is the least of many runs of a loop of 1000, divided by 1000 and
 * rounded: so what happens now and then beside the exits (a timer, the draining of the trace)
 * does not count, and what every exit does, counts.
 */
#include "guest/bench.h"

#include <stddef.h>

#include "guest/check.h"
#include "guest/command_line.h"
#include "guest/console.h"
#include "guest/hidden_memory.h"
#include "guest/vexit.h"
#include "vmx/msr.h"

enum { ITERATIONS = 1000, RUNS = 32, PORT_POST = 0x80 };

static uint64_t hidden;

/* One run of a loop: the instruction between two readings of RDTSC. */
#define LOOP(name, instruction, inputs)                                                            \
    static uint64_t loop_##name(void)                                                              \
    {                                                                                              \
        uint64_t start = rdtsc();                                                                  \
        uint64_t n = ITERATIONS;                                                                   \
                                                                                                   \
        __asm__ volatile("1: " instruction "\ndec %[n]\njnz 1b"                                    \
                         : [n] "+r"(n)                                                             \
                         : TRY_LIST inputs                                                         \
                         : "rax", "rbx", "rcx", "rdx", "memory", "cc");                            \
        return rdtsc() - start;                                                                    \
    }

LOOP(empty, "", ())
LOOP(cpuid, "xor %%eax, %%eax\ncpuid", ())
LOOP(rdmsr, "mov %[msr], %%ecx\nrdmsr", ([msr] "i"(MSR_IA32_MISC_ENABLE)))
LOOP(wrmsr, "xor %%eax, %%eax\nxor %%edx, %%edx\nmov %[msr], %%ecx\nwrmsr",
     ([msr] "i"(MSR_IA32_BIOS_SIGN_ID)))
LOOP(vmcall, "mov %[call], %%eax\nvmcall", ([call] "i"(VEXIT_CALL_SIGNATURE | 0xfff0)))
LOOP(out, "outb %%al, %[port]", ([port] "i"(PORT_POST)))
LOOP(ept, "mov (%[page]), %%al", ([page] "r"(hidden)))

static const struct {
    const char *name;
    uint64_t (*run)(void);
    bool vexit_only;
} loops[] = {
    { "empty", loop_empty, false }, { "cpuid", loop_cpuid, false },  { "rdmsr", loop_rdmsr, false },
    { "wrmsr", loop_wrmsr, false }, { "vmcall", loop_vmcall, true }, { "out", loop_out, false },
    { "ept", loop_ept, true },
};

static uint64_t measure(uint64_t (*run)(void))
{
    uint64_t least = ~0ull;

    for (unsigned i = 0; i < RUNS; i++) {
        uint64_t ticks = run();

        if (ticks < least)
            least = ticks;
    }
    return (least + ITERATIONS / 2) / ITERATIONS;
}

static void trace(bool on)
{
    if (surroundings.vexit)
        vexit_call(on ? VEXIT_CALL_TRACE_ON : VEXIT_CALL_TRACE_OFF, 0);
}

void bench(void)
{
    struct range range = hidden_memory();

    hidden = range.base;
    for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
        if (!command_line_selects("bench", loops[i].name) ||
            (loops[i].vexit_only && !surroundings.vexit))
            continue;
        trace(false);
        console_line("bench %s %lu", loops[i].name, measure(loops[i].run));
        if (!surroundings.vexit)
            continue;
        trace(true);
        console_line("bench %s-traced %lu", loops[i].name, measure(loops[i].run));
    }
}
