/* SPDX-License-Identifier: MIT */
/*
 * What exits cost. A figure is the least of several runs of a loop, less that of an empty loop,
 * divided by the iterations and rounded: so what happens now and then beside the exits (a timer,
 * the draining of the trace) does not count, and what every exit does, counts. Before each run the
 * trace gets time to drain.
 */
#include "guest/bench.h"

#include <stddef.h>

#include "guest/check.h"
#include "guest/command_line.h"
#include "guest/console.h"
#include "guest/hidden_memory.h"
#include "guest/vexit.h"
#include "vmx/msr.h"

enum { ITERATIONS = 1000, RUNS = 8, DRAIN_LOOPS = 1000000, PORT_POST = 0x80 };

/* Runs the instructions n times between two readings of RDTSC. */
#define LOOP(name, instructions, inputs)                                                           \
    static uint64_t loop_##name(uint64_t n, uint64_t page)                                         \
    {                                                                                              \
        uint64_t start = rdtsc();                                                                  \
                                                                                                   \
        __asm__ volatile("1: " instructions "\ndec %[n]\njnz 1b"                                   \
                         : [n] "+r"(n), [page] "+r"(page)                                          \
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
LOOP(ept, "mov (%[page]), %%al", ())

typedef uint64_t loop(uint64_t n, uint64_t page);

static const struct {
    const char *name;
    loop *run;
    bool vexit_only;
} rows[] = {
    { "cpuid", loop_cpuid, false },  { "rdmsr", loop_rdmsr, false }, { "wrmsr", loop_wrmsr, false },
    { "vmcall", loop_vmcall, true }, { "out", loop_out, false },     { "ept", loop_ept, true },
};

static void drain(void)
{
    for (unsigned i = 0; i < DRAIN_LOOPS; i++)
        __asm__ volatile("");
}

static uint64_t least(loop *run, uint64_t page)
{
    uint64_t best = ~0ull;

    for (unsigned i = 0; i < RUNS; i++) {
        uint64_t ticks;

        drain();
        ticks = run(ITERATIONS, page);
        if (ticks < best)
            best = ticks;
    }
    return best;
}

static uint64_t measure(loop *run, uint64_t page)
{
    uint64_t ticks = least(run, page) - least(loop_empty, page);

    return (ticks + ITERATIONS / 2) / ITERATIONS;
}

static void trace(bool on)
{
    if (surroundings.vexit)
        vexit_call(on ? VEXIT_CALL_TRACE_ON : VEXIT_CALL_TRACE_OFF, 0);
}

/* The page is one of the VMM's memory: every touch of it exits. */
static void bench_row(size_t row, uint64_t page)
{
    if (rows[row].vexit_only && !surroundings.vexit)
        return;
    trace(false);
    console_line("bench %s %lu", rows[row].name, measure(rows[row].run, page));
    if (!surroundings.vexit)
        return;
    trace(true);
    console_line("bench %s-traced %lu", rows[row].name, measure(rows[row].run, page));
}

void bench(void)
{
    uint64_t page = surroundings.vexit ? hidden_memory().base : 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (command_line_selects("bench", rows[i].name))
            bench_row(i, page);
}
