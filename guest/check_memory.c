/* SPDX-License-Identifier: MIT */
/* Memory: what is the guest's is there; what is the VMM's gives no data and takes no harm. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/hidden_memory.h"
#include "guest/memory_map.h"

enum { VGA_TEXT = 0xb8000, APIC_VERSION = 0xfee00030 };

/* The last page of the available range that ends last below 4 GiB. */
static uint64_t last_page(void)
{
    uint64_t last = 0;

    FOR_EACH_RANGE(range)
    {
        uint64_t end = range->base_addr + range->length;

        if (range->type == MEMORY_AVAILABLE && end < 1ull << 32 && end > last)
            last = end;
    }
    return (last & ~0xfffull) - 0x1000;
}

static bool holds(uint64_t address)
{
    volatile uint64_t *cell = (uint64_t *)address;
    uint64_t old = *cell;
    bool good;

    *cell = 0x0123456789abcdef;
    good = *cell == 0x0123456789abcdef;
    *cell = ~0x0123456789abcdefull;
    good = good && *cell == ~0x0123456789abcdefull;
    *cell = old;
    return good;
}

static void check_own(void)
{
    volatile uint16_t *text = (uint16_t *)VGA_TEXT;
    uint16_t old = *text;

    check(holds(last_page()) && holds(last_page() + 0xff8), "the last available page holds data");
    check(holds(32 << 20), "memory at 32 MiB holds data");
    *text = 0x0756;
    /* A machine that starts by UEFI may have no text screen, and nothing at its address. */
    check(*text == 0x0756 || *text == old, "VGA text memory holds data, or none is there");
    *text = old;
    check((*(volatile uint32_t *)APIC_VERSION & 0xff) >= 0x10, "the local APIC gives its version");
}

/* A value that tells nothing of what is stored: all zeros or all ones. */
static bool is_blank(uint64_t value, unsigned bytes)
{
    uint64_t mask = bytes == 8 ? ~0ull : (1ull << 8 * bytes) - 1;

    return !(value & mask) || (value & mask) == mask;
}

static void check_reads(uint64_t base)
{
    uint64_t copy[4] = { 1, 2, 3, 4 }, value, rsi = base, rdi = (uint64_t)copy, rcx = 4;

    check(is_blank(*(volatile uint8_t *)(base + 3), 1), "a byte of the VMM's memory is blank");
    check(is_blank(*(volatile uint16_t *)(base + 2), 2), "a word of the VMM's memory is blank");
    check(is_blank(*(volatile uint32_t *)(base + 4), 4), "a dword of the VMM's memory is blank");
    check(is_blank(*(volatile uint64_t *)base, 8), "a qword of the VMM's memory is blank");
    __asm__ volatile("movups (%1), %%xmm0\nmovq %%xmm0, %0" : "=r"(value) : "r"(base));
    check(is_blank(value, 8), "an SSE register loaded from the VMM's memory is blank");
    __asm__ volatile("rep movsq" : "+S"(rsi), "+D"(rdi), "+c"(rcx) : : "memory");
    check(is_blank(copy[0], 8) && is_blank(copy[1], 8) && is_blank(copy[2], 8) &&
              is_blank(copy[3], 8) && !rcx,
          "REP MOVSQ from the VMM's memory copies blanks");
}

static void check_writes(uint64_t base)
{
    volatile uint64_t *cell = (uint64_t *)(base + 0x40);
    uint64_t blank = *cell, old = 0x55, rdi = base + 0x1000, rcx = 16;

    *cell = 0x0123456789abcdef;
    check_equal(*cell, blank, "a write to the VMM's memory has no effect");
    __asm__ volatile("lock addq $5, %0" : "+m"(*cell) : : "cc");
    check_equal(*cell, blank, "a locked addition to the VMM's memory has no effect");
    __asm__ volatile("xchg %0, %1" : "+r"(old), "+m"(*cell));
    check_equal(old, blank, "an exchange with the VMM's memory gives a blank");
    check_equal(*cell, blank, "an exchange with the VMM's memory has no effect");
    *(volatile uint32_t *)(base - 2) = 0x33333333;
    check_equal(*(volatile uint16_t *)(base - 2), 0x3333,
                "a write across its start counts before it");
    check(is_blank(*(volatile uint64_t *)base, 8), "a write across its start has no effect on it");
    __asm__ volatile("rep stosq" : "+D"(rdi), "+c"(rcx) : "a"(0x5555ull) : "memory");
    check(!rcx && rdi == base + 0x1080, "REP STOSQ to the VMM's memory ends");
    check(is_blank(*(volatile uint64_t *)(base + 0x1000), 8),
          "REP STOSQ to the VMM's memory has no effect");
}

enum { SAMPLES = 16 };

static bool samples_are_blank(struct range hidden)
{
    for (uint64_t i = 0; i < SAMPLES; i++) {
        uint64_t page = (hidden.base + hidden.length * i / SAMPLES) & ~0xfffull;

        if (!is_blank(*(volatile uint64_t *)page, 8) || !is_blank(*(uint64_t *)(page + 0xff8), 8))
            return false;
    }
    return true;
}

/* The VMM goes on as if nothing had been: its CPUID still works after every page was written. */
static bool survives_writes(struct range hidden)
{
    for (uint64_t i = 0; i < SAMPLES; i++)
        *(volatile uint64_t *)((hidden.base + hidden.length * i / SAMPLES) & ~0xfffull) = 0;
    return cpuid(0, 0).eax >= 0xd;
}

static void check_hidden(void)
{
    struct range hidden = hidden_memory();

    check_vexit_begin();
    if (check(hidden.length, "the memory map has the VMM's memory reserved")) {
        check(samples_are_blank(hidden), "the VMM's memory is blank from end to end");
        check_reads(hidden.base);
        check_writes(hidden.base);
        check(survives_writes(hidden), "the VMM survives writes from end to end");
    }
    check_vexit_end();
}

void check_memory(void)
{
    check_own();
    if (surroundings.vexit)
        check_hidden();
}
