/* SPDX-License-Identifier: MIT */
/*
 * What exits cost. The figure is the mode of 1000 samples, each one instruction between two readings
 * of RDTSC, less the mode of none between them: what every exit costs. The mean beside it has what
 * happens now and then as well: draining the trace, and the timer.
 */
#include "guest/bench.h"

#include <stddef.h>

#include "guest/check.h"
#include "guest/command_line.h"
#include "guest/console.h"
#include "guest/hidden_memory.h"
#include "guest/vexit.h"
#include "vmx/msr.h"

enum { SAMPLES = 1000, DRAIN_LOOPS = 1000000, PORT_POST = 0x80 };

static uint64_t samples[SAMPLES];

/* One sample of the instructions. */
#define SAMPLE(name, instructions, inputs)                                                         \
    static uint64_t sample_##name(uint64_t page)                                                   \
    {                                                                                              \
        uint64_t start = rdtsc();                                                                  \
                                                                                                   \
        __asm__ volatile(instructions                                                              \
                         : [page] "+r"(page)                                                       \
                         : TRY_LIST inputs                                                         \
                         : "rax", "rbx", "rcx", "rdx", "memory", "cc");                            \
        return rdtsc() - start;                                                                    \
    }

SAMPLE(empty, "", ())
SAMPLE(cpuid, "xor %%eax, %%eax\ncpuid", ())
SAMPLE(rdmsr, "mov %[msr], %%ecx\nrdmsr", ([msr] "i"(MSR_IA32_MISC_ENABLE)))
SAMPLE(wrmsr, "xor %%eax, %%eax\nxor %%edx, %%edx\nmov %[msr], %%ecx\nwrmsr",
       ([msr] "i"(MSR_IA32_BIOS_SIGN_ID)))
SAMPLE(vmcall, "mov %[call], %%eax\nvmcall", ([call] "i"(VEXIT_CALL_SIGNATURE | 0xfff0)))
SAMPLE(out, "outb %%al, %[port]", ([port] "i"(PORT_POST)))
SAMPLE(ept, "mov (%[page]), %%al", ())

typedef uint64_t sample(uint64_t page);

static const struct {
    const char *name;
    sample *take;
    bool vexit_only;
} rows[] = {
    { "cpuid", sample_cpuid, false }, { "rdmsr", sample_rdmsr, false },
    { "wrmsr", sample_wrmsr, false }, { "vmcall", sample_vmcall, true },
    { "out", sample_out, false },     { "ept", sample_ept, true },
};

static void take_samples(sample *take, uint64_t page)
{
    for (unsigned i = 0; i < DRAIN_LOOPS; i++) /* the trace gets time to drain */
        __asm__ volatile("");
    for (unsigned i = 0; i < SAMPLES; i++)
        samples[i] = take(page);
}

static uint64_t mode(void)
{
    uint64_t best = 0;
    unsigned most = 0;

    for (unsigned i = 0; i < SAMPLES; i++) {
        unsigned same = 0;

        for (unsigned j = i; j < SAMPLES; j++)
            same += samples[j] == samples[i];
        if (same > most) {
            most = same;
            best = samples[i];
        }
    }
    return best;
}

static uint64_t mean(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SAMPLES; i++)
        sum += samples[i];
    return (sum + SAMPLES / 2) / SAMPLES;
}

static void trace(bool on)
{
    if (surroundings.vexit)
        vexit_call(on ? VEXIT_CALL_TRACE_ON : VEXIT_CALL_TRACE_OFF, 0);
}

/* The page is one of the VMM's memory: every touch of it exits. */
static void bench_row(size_t row, uint64_t page)
{
    uint64_t nothing;

    if (rows[row].vexit_only && !surroundings.vexit)
        return;
    trace(false);
    take_samples(sample_empty, page);
    nothing = mode();
    take_samples(rows[row].take, page);
    console_line("bench %s %lu", rows[row].name, mode() - nothing);
    if (!surroundings.vexit)
        return;
    trace(true);
    take_samples(rows[row].take, page);
    console_line("bench %s-traced %lu", rows[row].name, mode() - nothing);
    console_line("bench %s-traced-mean %lu", rows[row].name, mean() - nothing);
}

void bench(void)
{
    uint64_t page = surroundings.vexit ? hidden_memory().base : 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (command_line_selects("bench", rows[i].name))
            bench_row(i, page);
}
