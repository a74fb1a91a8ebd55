/* SPDX-License-Identifier: MIT */
/*
 * What a guest may try against the VMM: its memory by reading, writing, port input, descriptor
 * tables, a page directory; physical addresses beyond the machine's; each MSR there is.
 */
#include "tests/kernels/kernel.h"

enum { PAGE = 4096, CR4_PSE = 0x10 };

static uint32_t directory[1024] __attribute__((aligned(PAGE)));
static uint32_t hidden, hidden_pages;

static void find_hidden(void)
{
    uint32_t a = 0x40000001, b, c, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    hidden = c << 12;
    hidden_pages = d;
}

static void report(const char *what, uint32_t value)
{
    print("%s: trap %x %x value %x\n", what, trial.vector, trial.error_code, value);
}

/* Bytes of code with EDI and ECX as given. */
static void attempt(const char *what, const char *bytes, uint32_t edi, uint32_t ecx)
{
    trial = (struct trial){ .edi = edi, .ecx = ecx, .edx = 0x2f00 };
    try_code(bytes);
    load_tables();
    report(what, trial.eax);
}

static void touch_all(void)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < hidden_pages; i++)
        sum |= ~*(volatile uint32_t *)(hidden + i * PAGE + i % 1000 * 4);
    print("pages %s\n", sum ? "LEAK" : "read as ones");
    for (uint32_t i = 0; i < hidden_pages; i++)
        *(volatile uint32_t *)(hidden + i * PAGE) = 0;
}

static void memory(void)
{
    touch_all();
    attempt("read", "\x8b\x07\xc3", hidden, 0);
    attempt("write", "\xc7\x07\x00\x00\x00\x00\x8b\x07\xc3", hidden, 0);
    attempt("across", "\x8b\x07\xc3", hidden - 2, 0);
    attempt("clear", "\x31\xc0\xf3\xab\x8b\x47\xfc\xc3", hidden, 4096);
    attempt("exchange", "\xf0\x0f\xb1\x0f\xc3", hidden, 5);
    attempt("insb", "\xf3\x6c\x8b\x47\xfc\xc3", hidden - 8, 64);
    attempt("insb across", "\x6d\x8b\x47\xfe\xc3", hidden - 2, 1);
    attempt("execute", "\xff\xe7", hidden, 0);
    attempt("stack", "\x89\xfc\x0f\x0b", hidden + 64, 0);
    attempt("sgdt", "\x0f\x01\x07\x8b\x07\xc3", hidden, 0);
}

/* A page directory within the VMM's memory: nothing is mapped by ones with reserved bits. */
static void paging(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        directory[i] = i << 22 | 0x83;
    for (uint32_t i = 0; i < 8; i++) /* PSE-36: up to 40 bits of physical address */
        directory[0x300 + i] = 0x83 | 0x2000 << i;
    write_crs(0x80000011, (uint32_t)directory, CR4_PSE);
    for (uint32_t i = 0; i < 8; i++) {
        attempt("far read", "\x8b\x07\xc3", (0x300 + i) << 22, 0);
        attempt("far insb", "\x6c\xc3", (0x300 + i) << 22, 0);
        attempt("far sgdt", "\x0f\x01\x07\xc3", (0x300 + i) << 22, 0);
    }
    directory[0x310] = hidden | 1; /* a page table there */
    attempt("table", "\x8b\x07\xc3", 0x310u << 22, 0);
    attempt("table insb", "\x6c\xc3", 0x310u << 22, 0);
    write_crs(0x11, 0, 0);
}

static void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "A"(value));
}

/*
 * More of the physical address space than the VMM has tables for: a page of each GiB up to 1 TiB, then
 * every second page of another memory type.
 */
static void everywhere(void)
{
    enum { MTRR_BASE_6 = 0x20c, MTRR_MASK_6 = 0x20d, VALID = 0x800 };
    uint32_t linear = 0x300u << 22, sum = 0;

    for (uint32_t i = 0; i < 1024; i++)
        directory[i] = i << 22 | 0x83;
    write_crs(0x80000011, (uint32_t)directory, CR4_PSE);
    for (uint32_t gib = 0; gib < 1024; gib++) {
        directory[linear >> 22] = gib << 30 | gib >> 2 << 13 | 0x83;
        __asm__ volatile("invlpg (%0)" : : "r"(linear));
        sum |= *(volatile uint8_t *)(linear + 64);
    }
    print("everywhere %x\n", sum);
    write_msr(MTRR_BASE_6, 0);
    write_msr(MTRR_MASK_6, VALID | PAGE);
    for (uint32_t at = 0x200000; at < 0x20000000; at += 0x1ff000)
        sum |= *(volatile uint8_t *)at;
    print("striped\n");
    write_msr(MTRR_MASK_6, 0);
    write_crs(0x11, 0, 0);
}

static void read_msrs(uint32_t from, uint32_t count)
{
    uint32_t there = 0;

    for (uint32_t i = 0; i < count; i++) {
        trial = (struct trial){ .ecx = from + i };
        try_code("\x0f\x32\xc3");
        there += trial.vector == NO_TRAP;
    }
    print("MSRs from %x: %s\n", from, there ? "some" : "none");
}

/* Address line 20 masked would let the VMM's own addresses go astray. */
static void mask_a20(void)
{
    attempt("A20 by port 92", "\xb0\x00\xe6\x92\x31\xc0\x0f\xa2\xe4\x92\x0f\xb6\xc0\xc3", 0, 0);
    attempt("A20 by output port",
            "\xb0\xd1\xe6\x64\xe4\x64\xa8\x02\x75\xfa\xb0\xdd\xe6\x60\xe4\x64\xa8\x02\x75\xfa"
            "\x31\xc0\x0f\xa2\x31\xc0\xc3",
            0, 0);
    attempt("A20 by command", "\xb0\xdd\xe6\x64\x31\xc0\x0f\xa2\x31\xc0\xc3", 0, 0);
}

static void recoverable(void)
{
    memory();
    paging();
    read_msrs(0, 0x2000);
    read_msrs(0xc0000000, 0x2000);
    read_msrs(0x40000000, 0x100);
}

void kernel_main(uint32_t magic, const uint32_t *information)
{
    const char *words = information[0] & 4 ? (const char *)information[4] : "";
    char what = 0;

    console_init();
    print("magic %x\n", magic);
    for (; *words; words++)
        what = *words;
    set_tables();
    find_hidden();
    if (!what)
        recoverable();
    switch (what) {
    case 'm': /* the VMM's memory alone */
        memory();
        break;
    case 'a':
        mask_a20();
        break;
    case 'e':
        everywhere();
        break;
    /* What leaves nothing to go on with: */
    case 't': /* a page directory in the VMM's memory */
        write_crs(0x80000011, hidden, CR4_PSE);
        break;
    case 'g': /* a descriptor table there, from which an exception takes its segment */
        __asm__ volatile("lgdt %0\n\tud2" : : "m"((struct table_pointer){ 0xffff, hidden }));
        break;
    case 'i':
        __asm__ volatile("lidt %0\n\tint $0x30" : : "m"((struct table_pointer){ 0xffff, hidden }));
        break;
    case 'n': /* INIT to itself */
        *(volatile uint32_t *)0xfee00310 = 0;
        *(volatile uint32_t *)0xfee00300 = 0x4500;
        break;
    case 'p': /* a start-up IPI to itself */
        *(volatile uint32_t *)0xfee00300 = 0x4610;
        break;
    }
    stop(0);
}
