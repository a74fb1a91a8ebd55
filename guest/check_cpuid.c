/* SPDX-License-Identifier: MIT */
/* CPUID: every leaf, its prefixes, CPL 3, and what mirrors other registers. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/user.h"
#include "guest/vexit.h"
#include "vmm/string.h"

enum { LEAF1_ECX_VMX = 1u << 5, LEAF1_ECX_OSXSAVE = 1u << 27, LEAF1_ECX_HYPERVISOR = 1u << 31 };
enum { LEAF7_ECX_PKU = 1u << 3, LEAF7_ECX_OSPKE = 1u << 4 };

/* One line, without the bits in which a guest of vexit differs from the bare machine. */
static void print_leaf(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid id = cpuid(leaf, subleaf);

    if (leaf == 1)
        id.ecx &= ~(uint32_t)(LEAF1_ECX_VMX | LEAF1_ECX_HYPERVISOR);
    check_note("cpuid %#010x.%u %08x %08x %08x %08x", leaf, subleaf, id.eax, id.ebx, id.ecx,
               id.edx);
}

/* How many subleaves a leaf has. */
static uint32_t subleaves(uint32_t leaf)
{
    uint32_t n = 0;

    switch (leaf) {
    case 4:
        while (n < 8 && (cpuid(4, n).eax & 0x1f))
            n++;
        return n;
    case 7:
    case 0x14:
        return cpuid(leaf, 0).eax + 1;
    case 0xb:
        return 3;
    case 0xd:
        return 10;
    default:
        return 1;
    }
}

static void print_leaves(uint32_t first)
{
    uint32_t last = cpuid(first, 0).eax;

    for (uint32_t leaf = first; leaf <= last && leaf < first + 0x40; leaf++)
        for (uint32_t subleaf = 0; subleaf < subleaves(leaf); subleaf++)
            print_leaf(leaf, subleaf);
}

static void check_vendor(void)
{
    struct cpuid id = cpuid(0, 0);
    char vendor[13] = "";

    memcpy(vendor, &id.ebx, 4);
    memcpy(vendor + 4, &id.edx, 4);
    memcpy(vendor + 8, &id.ecx, 4);
    check(!strcmp(vendor, "GenuineIntel"), "leaf 0x0 names %s", vendor);
    check(id.eax >= 0xd, "leaf 0x0 gives a last leaf of at least 0xd");
}

/* The upper halves become 0, no flag and no other register changes. */
static void check_registers(void)
{
    uint64_t rax = ~0ull, rbx = ~0ull, rcx = ~0ull << 32, rdx = ~0ull, before, after, others;

    __asm__ volatile(
        "mov $0x7fffffff, %%edi\n"
        "add %%eax, %%edi\n"
        "pushfq\npop %[before]\n"
        "mov %[before], %%rsi\n"
        "mov %[before], %%r10\n"
        "mov %[before], %%r11\n"
        "cpuid\n"
        "pushfq\npop %[after]\n"
        "xor %[before], %%rsi\n"
        "xor %[before], %%r10\n"
        "xor %[before], %%r11\n"
        "lea (%%r10, %%r11), %[others]\n"
        "add %%rsi, %[others]"
        : "+a"(rax), "+b"(rbx), "+c"(rcx),
          "+d"(rdx), [before] "=&r"(before), [after] "=&r"(after), [others] "=&r"(others)
        :
        : "rsi", "rdi", "r10", "r11", "memory", "cc");
    check(!((rax | rbx | rcx | rdx) >> 32), "clears the upper halves of RAX, RBX, RCX and RDX");
    check_equal(after, before, "changes no flag");
    check(!others, "changes no other register");
}

/* INT3 right behind the instruction tells whether RIP moved on by its whole length. */
#define CHECK_LENGTH(prefix, name)                                                                 \
    do {                                                                                           \
        uint32_t eax = 0, ecx = 0;                                                                 \
        struct trap t = TRY(prefix "cpuid\nint3", ("+a"(eax), "+c"(ecx)), (), ("rbx", "rdx"));     \
        check(t.vector == EXCEPTION_BP && t.place == TRAP_BEHIND && eax == cpuid(0, 0).eax,        \
              "with %s goes on right behind it", name);                                            \
    } while (0)

static void check_lengths(void)
{
    CHECK_LENGTH("", "no prefix");
    CHECK_LENGTH(".byte 0x66\n", "an operand-size prefix");
    CHECK_LENGTH(".byte 0x48\n", "REX.W");
    CHECK_LENGTH(".byte 0xf3, 0x67, 0x2e, 0x4f\n", "four prefixes");
    check_fault(TRY(".byte 0xf0\ncpuid", (), (), ("rax", "rbx", "rcx", "rdx")), EXCEPTION_UD, 0,
                "with LOCK");
}

static uint64_t leaf0_at_user(void *unused)
{
    (void)unused;
    return cpuid(0, 0).ebx;
}

static bool feature(uint32_t leaf, uint32_t ecx_bit)
{
    return cpuid(leaf, 0).ecx & ecx_bit;
}

static void check_mirrors(void)
{
    uint64_t cr4 = read_cr4();

    write_cr4(cr4 & ~(uint64_t)CR4_OSXSAVE);
    check(!feature(1, LEAF1_ECX_OSXSAVE), "leaf 0x1 has OSXSAVE clear while CR4.OSXSAVE is");
    write_cr4(cr4 | CR4_OSXSAVE);
    check(feature(1, LEAF1_ECX_OSXSAVE), "leaf 0x1 has OSXSAVE set while CR4.OSXSAVE is");
    if (feature(7, LEAF7_ECX_PKU)) {
        write_cr4(cr4 & ~(uint64_t)CR4_PKE);
        check(!feature(7, LEAF7_ECX_OSPKE), "leaf 0x7 has OSPKE clear while CR4.PKE is");
        write_cr4(cr4 | CR4_PKE);
        check(feature(7, LEAF7_ECX_OSPKE), "leaf 0x7 has OSPKE set while CR4.PKE is");
    }
    write_cr4(cr4);
}

static void check_signature(void)
{
    check_vexit_begin();
    check(!feature(1, LEAF1_ECX_VMX), "leaf 0x1 has VMX clear");
    check(feature(1, LEAF1_ECX_HYPERVISOR), "leaf 0x1 has the hypervisor bit set");
    check(vexit_present(), "leaf 0x40000000 has the signature vexitvexitvx");
    check_equal(cpuid(VEXIT_CPUID_SIGNATURE, 0).eax, VEXIT_CPUID_VERSION,
                "leaf 0x40000000 gives the last hypervisor leaf");
    check(cpuid(VEXIT_CPUID_VERSION, 0).eax, "leaf 0x40000001 gives a version");
    check_vexit_end();
}

static uint64_t tables[3][512] __attribute__((aligned(4096)));
static uint8_t last_page[PAGE_SIZE] __attribute__((aligned(4096)));
static uint64_t refused_rip;

static void on_refusal(struct trap_frame *frame)
{
    refused_rip = frame->rip;
    frame->rip = frame->rsi;
}

/* At the end of the lower half of the canonical addresses: RIP behind it is none. */
static void check_last(void)
{
    const uint64_t end = 0x800000000000;

    for (unsigned i = 0; i < 3; i++)
        tables[i][511] = (uint64_t)(i < 2 ? (void *)tables[i + 1] : last_page) | PAGE_ALL;
    paging_root[255] = (uint64_t)tables[0] | PAGE_ALL;
    last_page[PAGE_SIZE - 2] = 0x0f; /* CPUID */
    last_page[PAGE_SIZE - 1] = 0xa2;
    trap_handle(EXCEPTION_GP, on_refusal);
    __asm__ volatile("lea 1f(%%rip), %%rsi\n"
                     "xor %%eax, %%eax\n"
                     "jmp *%0\n"
                     "1:"
                     :
                     : "D"(end - 2)
                     : "rax", "rbx", "rcx", "rdx", "rsi", "memory");
    trap_handle(EXCEPTION_GP, NULL);
    paging_root[255] = 0;
    write_cr3(read_cr3());
    check_equal(refused_rip, end, "RIP behind the last canonical address takes #GP");
}

void check_cpuid(void)
{
    check_vendor();
    print_leaves(0);
    print_leaves(0x80000000);
    check_registers();
    check_lengths();
    check_equal(user_call(leaf0_at_user, NULL), cpuid(0, 0).ebx, "gives the same at CPL 3");
    check_mirrors();
    if (surroundings.vexit)
        check_signature();
    check_last();
}
