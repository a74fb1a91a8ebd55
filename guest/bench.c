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

enum { RUNS = 8, DRAIN_LOOPS = 1000000, PAGE_SHIFT = 12, PORT_POST = 0x80 };

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
LOOP(ept, "mov (%[page]), %%al\nadd $4096, %[page]", ())

typedef uint64_t loop(uint64_t n, uint64_t page);

enum needs { NOTHING, VEXIT, HIDDEN_PAGES };

static const struct {
    const char *name;
    loop *run;
    unsigned iterations, runs;
    enum needs needs;
} rows[] = {
    { "cpuid", loop_cpuid, 1000, RUNS, NOTHING },
    { "rdmsr", loop_rdmsr, 1000, RUNS, NOTHING },
    { "wrmsr", loop_wrmsr, 1000, RUNS, NOTHING },
    { "vmcall", loop_vmcall, 1000, RUNS, VEXIT },
    { "out", loop_out, 1000, RUNS, NOTHING },
    /* Only the first read of a page of the VMM's memory exits. */
    { "ept", loop_ept, 600, 1, HIDDEN_PAGES },
};

static void drain(void)
{
    for (unsigned i = 0; i < DRAIN_LOOPS; i++)
        __asm__ volatile("");
}

static uint64_t least(loop *run, unsigned iterations, unsigned runs, uint64_t page)
{
    uint64_t best = ~0ull;

    for (unsigned i = 0; i < runs; i++) {
        uint64_t ticks;

        drain();
        ticks = run(iterations, page);
        if (ticks < best)
            best = ticks;
    }
    return best;
}

static uint64_t measure(size_t row, uint64_t page)
{
    unsigned n = rows[row].iterations;
    uint64_t ticks = least(rows[row].run, n, rows[row].runs, page) - least(loop_empty, n, 2, 0);

    return (ticks + n / 2) / n;
}

static void trace(bool on)
{
    if (surroundings.vexit)
        vexit_call(on ? VEXIT_CALL_TRACE_ON : VEXIT_CALL_TRACE_OFF, 0);
}

/* Untraced, and as guest traced, which needs pages that were not touched before. */
static void bench_row(size_t row, struct range hidden)
{
    uint64_t bytes = (uint64_t)rows[row].iterations << PAGE_SHIFT;

    if ((rows[row].needs != NOTHING && !surroundings.vexit) ||
        (rows[row].needs == HIDDEN_PAGES && hidden.length < 2 * bytes))
        return;
    trace(false);
    console_line("bench %s %lu", rows[row].name, measure(row, hidden.base));
    if (!surroundings.vexit)
        return;
    trace(true);
    console_line("bench %s-traced %lu", rows[row].name, measure(row, hidden.base + bytes));
}

void bench(void)
{
    struct range hidden = { 0, 0 };

    if (surroundings.vexit)
        hidden = hidden_memory();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (command_line_selects("bench", rows[i].name))
            bench_row(i, hidden);
}
