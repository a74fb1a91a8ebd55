/* SPDX-License-Identifier: MIT */
/*
 * The time-stamp counter when the guest writes it, and the local APIC: its timer with deadlines, its
 * page moved, x2APIC mode with its registers and what they refuse. The lines are the same on the bare
 * machine and under a VMM that is right, but for those of deadlines: Bochs 2.7 reckons them wrongly
 * once the counter was written.
 */
#include "tests/kernels/kernel.h"

enum {
    MSR_TSC = 0x10,
    MSR_APIC_BASE = 0x1b,
    MSR_TSC_ADJUST = 0x3b,
    MSR_TSC_DEADLINE = 0x6e0,
    MSR_X2APIC = 0x800,
    X2APIC_REGISTERS = 0x40,
};

enum { VECTOR = 0x40, SPURIOUS = 0x4f, NMI = 2 };
/* Registers of the APIC, by their offset in its page. */
enum { APIC_VERSION = 0x30, APIC_EOI = 0xb0, APIC_SPURIOUS = 0xf0, APIC_TIMER = 0x320 };
enum { APIC_ON = 0x100, TIMER_DEADLINE = 2 << 17, APIC_PAGE = 0xfee00000, OTHER_PAGE = 0xfed40000 };
enum { BASE_ENABLE = 1 << 11, BASE_X2APIC = 1 << 10 };

static uint64_t rdmsr(uint32_t msr)
{
    trial = (struct trial){ .ecx = msr };
    try_code("\x0f\x32\xc3");
    return (uint64_t)trial.edx << 32 | trial.eax;
}

/* Whether it was taken. */
static bool wrmsr(uint32_t msr, uint64_t value)
{
    trial = (struct trial){ .ecx = msr, .eax = (uint32_t)value, .edx = (uint32_t)(value >> 32) };
    try_code("\x0f\x30\xc3");
    return trial.vector == NO_TRAP;
}

static uint64_t rdtsc(void)
{
    uint64_t value;

    __asm__ volatile("rdtsc" : "=A"(value));
    return value;
}

static uint64_t rdtscp(void)
{
    uint64_t value;

    __asm__ volatile("rdtscp" : "=A"(value) : : "ecx");
    return value;
}

static volatile uint32_t *apic(uint32_t page, uint32_t offset)
{
    return (volatile uint32_t *)(page + offset);
}

static volatile uint32_t interrupts, nmis;
static bool x2apic;

void count_interrupt(void);
void count_nmi(void);
void on_interrupt(void);
void on_nmi(void);
__asm__(".text\n"
        "on_interrupt: pusha\n\tcall count_interrupt\n\tpopa\n\tiret\n"
        "on_nmi: pusha\n\tcall count_nmi\n\tpopa\n\tiret");

void count_interrupt(void)
{
    interrupts++;
    if (x2apic)
        __asm__ volatile("wrmsr" : : "c"(MSR_X2APIC + APIC_EOI / 16), "a"(0), "d"(0));
    else
        *apic(APIC_PAGE, APIC_EOI) = 0;
}

void count_nmi(void)
{
    nmis++;
}

static void set_gate(unsigned vector, void (*handler)(void))
{
    uint32_t at = (uint32_t)handler;

    idt[vector] =
        (at & 0xffff) | CODE << 16 | UINT64_C(0x8e00) << 32 | (uint64_t)(at & 0xffff0000) << 32;
}

/* All ways to read the counter agree on its upper half. */
static void show_tsc(const char *what)
{
    uint32_t by_msr = (uint32_t)(rdmsr(MSR_TSC) >> 32);
    bool same = rdtsc() >> 32 == by_msr && rdtscp() >> 32 == by_msr;

    print("%s: counter %x, %s\n", what, by_msr, same ? "by all ways" : "NOT BY ALL");
}

static void write_tsc(void)
{
    uint64_t first = rdmsr(MSR_TSC_ADJUST);

    show_tsc("at first");
    print("adjustment %x%x\n", (uint32_t)(first >> 32), (uint32_t)first);
    wrmsr(MSR_TSC, UINT64_C(9) << 32);
    show_tsc("9 written");
    print("adjusted %x\n", (uint32_t)(rdmsr(MSR_TSC_ADJUST) >> 32));
    wrmsr(MSR_TSC_ADJUST, UINT64_C(5) << 32);
    show_tsc("adjusted by 5");
    print("adjustment %x\n", (uint32_t)(rdmsr(MSR_TSC_ADJUST) >> 32));
    wrmsr(MSR_TSC, 0);
    show_tsc("0 written");
    wrmsr(MSR_TSC, UINT64_C(0x80000000) << 32);
    show_tsc("the top bit written");
}

/* Interrupts are taken for as long as it takes, if ever. */
static uint32_t wait(void)
{
    interrupts = 0;
    __asm__ volatile("sti");
    for (unsigned i = 0; i < 1000 && !interrupts; i++)
        __asm__ volatile("xor %%eax, %%eax\n\tcpuid" : : : "eax", "ebx", "ecx", "edx", "memory");
    __asm__ volatile("cli");
    return interrupts;
}

static void deadline(uint32_t tsc_high)
{
    uint64_t distance = 20000;

    wrmsr(MSR_TSC, (uint64_t)tsc_high << 32);
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + 2000000000);
    print("deadline %x, ", (uint32_t)(rdmsr(MSR_TSC_DEADLINE) >> 32));
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + distance);
    print("interrupts %x, ", wait());
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + distance);
    wrmsr(MSR_TSC_DEADLINE, 0);
    print("disarmed %x, ", wait());
    print("then %x%x\n", (uint32_t)(rdmsr(MSR_TSC_DEADLINE) >> 32),
          (uint32_t)rdmsr(MSR_TSC_DEADLINE));
}

static void deadlines(void)
{
    *apic(APIC_PAGE, APIC_SPURIOUS) = APIC_ON | SPURIOUS;
    *apic(APIC_PAGE, APIC_TIMER) = TIMER_DEADLINE | VECTOR;
    deadline(0);
    deadline(7);
    wrmsr(MSR_TSC_ADJUST, 0);
}

static void try_base(const char *what, uint64_t base)
{
    print("APIC base %s: %s\n", what, wrmsr(MSR_APIC_BASE, base) ? "taken" : "refused");
}

static void move(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);
    uint32_t version = *apic(APIC_PAGE, APIC_VERSION);

    try_base("elsewhere", (base & 0xfff) | OTHER_PAGE);
    print("version there: %s\n",
          *apic(OTHER_PAGE, APIC_VERSION) == version ? "the same" : "ANOTHER");
    try_base("back", base);
    print("version here: %s\n", *apic(APIC_PAGE, APIC_VERSION) == version ? "the same" : "ANOTHER");
    try_base("with a reserved bit", base | 1);
    try_base("beyond physical addresses", base | UINT64_C(1) << 50);
    try_base("x2APIC without enable", (base & ~(uint64_t)BASE_ENABLE) | BASE_X2APIC);
}

static void read_all(void)
{
    for (uint32_t i = 0; i < X2APIC_REGISTERS; i += 32) {
        uint32_t there = 0;

        for (uint32_t n = 0; n < 32; n++) {
            rdmsr(MSR_X2APIC + i + n);
            there |= (uint32_t)(trial.vector == NO_TRAP) << n;
        }
        print("registers from %x: %x\n", i, there);
    }
}

/* The number of a register, and values that are taken or refused. */
static void write_all(void)
{
    static const struct {
        uint32_t msr;
        uint64_t value;
    } writes[] = {
        { 0x802, 0 },          { 0x803, 0 },
        { 0x808, 0x10 },       { 0x808, 0x100 },
        { 0x80a, 0 },          { 0x80b, 1 },
        { 0x80d, 0 },          { 0x80f, 0x14f },
        { 0x80f, 0x1014f },    { 0x810, 0 },
        { 0x828, 0 },          { 0x828, 1 },
        { 0x830, 0x44000000 }, { 0x832, 0x10040 },
        { 0x832, 0x80040 },    { 0x835, 0x10000 },
        { 0x838, 0 },          { 0x838, UINT64_C(1) << 32 },
        { 0x839, 0 },          { 0x83e, 0xb },
        { 0x83e, 0x10 },       { 0x83f, UINT64_C(1) << 32 },
        { 0x83f, 0x140 },      { 0x808, 0 },
    };

    for (unsigned i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
        print("%x %x%x: %s\n", writes[i].msr, (uint32_t)(writes[i].value >> 32),
              (uint32_t)writes[i].value,
              wrmsr(writes[i].msr, writes[i].value) ? "taken" : "refused");
}

static void x2apic_mode(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    read_all();
    try_base("x2APIC", base | BASE_X2APIC);
    x2apic = true;
    print("mode: %x\n", (uint32_t)rdmsr(MSR_APIC_BASE) & 0xfff);
    read_all();
    write_all();
    wrmsr(MSR_X2APIC + APIC_SPURIOUS / 16, APIC_ON | SPURIOUS);
    wrmsr(0x83f, VECTOR);
    print("self IPI: %x\n", wait());
    wrmsr(0x830, 0x40000 | VECTOR);
    print("IPI to self: %x\n", wait());
    nmis = 0;
    wrmsr(0x830, 0x400);
    print("NMI to self: %x\n", nmis);
    wrmsr(0x808, 0x50);
    wrmsr(0x83f, VECTOR);
    print("IPI below the task priority: %x\n", wait());
    wrmsr(0x808, 0);
    print("IPI when it was lowered: %x\n", wait());
    wrmsr(MSR_X2APIC + APIC_TIMER / 16, TIMER_DEADLINE | VECTOR);
    wrmsr(MSR_TSC_DEADLINE, rdtsc() + 20000);
    print("deadline in x2APIC mode: interrupts %x\n", wait());
    try_base("back to xAPIC", base);
    try_base("x2APIC without enable", (base & ~(uint64_t)BASE_ENABLE) | BASE_X2APIC);
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    (void)information;
    console_init();
    print("magic %x\n", magic);
    outb(0x21, 0xff); /* no interrupts but those of the APIC */
    outb(0xa1, 0xff);
    set_tables();
    set_gate(VECTOR, on_interrupt);
    set_gate(NMI, on_nmi);
    write_tsc();
    deadlines();
    move();
    x2apic_mode();
    stop(0);
}
