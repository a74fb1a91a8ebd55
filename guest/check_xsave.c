/* SPDX-License-Identifier: MIT */
/* XSETBV, XSAVES, XRSTORS, and that x87, SSE, AVX and AVX-512 state outlives exits. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/try.h"
#include "vmm/string.h"
#include "vmx/msr.h"

enum {
    XCR0_X87 = 1u << 0,
    XCR0_SSE = 1u << 1,
    XCR0_AVX = 1u << 2,
    XCR0_AVX512 = 7u << 5,
};

enum {
    LEAF1_ECX_XSAVE = 1u << 26,
    LEAFD_EAX_XSAVES = 1u << 3,
    AREA_BYTES = 4096,
    HEADER = 512, /* of the XSAVE area: XSTATE_BV, XCOMP_BV */
};

static uint8_t area[AREA_BYTES] __attribute__((aligned(64)));
static uint8_t before[AREA_BYTES] __attribute__((aligned(64)));
static uint8_t after[AREA_BYTES] __attribute__((aligned(64)));

static uint64_t supported(void)
{
    struct cpuid id = cpuid(0xd, 0);

    return (uint64_t)id.edx << 32 | id.eax;
}

static uint32_t area_size(void)
{
    return cpuid(0xd, 0).ebx;
}

static void check_xcr0(uint64_t all)
{
    uint32_t small, large;

    check_clean(try_xsetbv(0, XCR0_X87), "XSETBV of x87 alone");
    check_equal(xgetbv(0), XCR0_X87, "XGETBV gives x87 alone");
    small = area_size();
    check_clean(try_xsetbv(0, XCR0_X87 | XCR0_SSE), "XSETBV of x87 and SSE");
    check_equal(xgetbv(0), XCR0_X87 | XCR0_SSE, "XGETBV gives x87 and SSE");
    if (all & XCR0_AVX) {
        check_clean(try_xsetbv(0, XCR0_X87 | XCR0_SSE | XCR0_AVX), "XSETBV of x87, SSE and AVX");
        large = area_size();
        check(large == 0x340 && small == 0x240, "CPUID leaf 0xd follows XCR0");
        check_fault(try_xsetbv(0, XCR0_X87 | XCR0_AVX), EXCEPTION_GP, 0,
                    "XSETBV of AVX without SSE");
    }
    if (all & XCR0_AVX512) {
        check_clean(try_xsetbv(0, XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512),
                    "XSETBV with AVX-512");
        check_fault(try_xsetbv(0, XCR0_X87 | XCR0_SSE | XCR0_AVX | 1u << 5), EXCEPTION_GP, 0,
                    "XSETBV of a part of AVX-512");
    }
    check_clean(try_xsetbv(0, all), "XSETBV of all that CPUID has");
    check_fault(try_xsetbv(0, XCR0_SSE), EXCEPTION_GP, 0, "XSETBV without x87");
    check_fault(try_xsetbv(0, all | 1ull << 62), EXCEPTION_GP, 0, "XSETBV of a reserved bit");
    check_fault(try_xsetbv(7, 1), EXCEPTION_GP, 0, "XSETBV of XCR7");
    check_equal(xgetbv(0), all, "a refused XSETBV changes nothing");
}

/* What XCR0 holds already, so that nothing is spoilt where the instruction does not fault. */
AT_USER(xsetbv_at_user, "xsetbv", (), ("c"(0), "a"((uint32_t)xgetbv(0)), "d"(0)), ())

static void check_xsetbv_faults(void)
{
    uint64_t cr4 = read_cr4();

    check_fault(try_at_user(xsetbv_at_user), EXCEPTION_GP, 0, "XSETBV at CPL 3");
    write_cr4(cr4 & ~(uint64_t)CR4_OSXSAVE);
    check_fault(try_xsetbv(0, XCR0_X87), EXCEPTION_UD, 0, "XSETBV without CR4.OSXSAVE");
    write_cr4(cr4);
}

/* XSAVES or XRSTORS of x87 and SSE; the compacted form of more is misplaced by Bochs 2.7. */
#define XSAVES_TRY(instruction, where)                                                             \
    TRY(instruction " (%0)", (), ("r"(where), "a"(XCR0_X87 | XCR0_SSE), "d"(0)), ())

/* Fills every register of the state with values of its own. */
static void fill_state(uint64_t components)
{
    for (size_t i = 0; i < sizeof(area); i++)
        area[i] = (uint8_t)(i * 7 + i / 256);
    __asm__ volatile("fninit; fld1; fldpi; fldl2e; fldz");
    if (components & XCR0_AVX512) {
#define FILL_ZMM(n) __asm__ volatile("vmovups (%0), %%zmm" #n : : "r"(area + 64 * n));
        FILL_ZMM(0)
        FILL_ZMM(1)
        FILL_ZMM(7)
        FILL_ZMM(15)
        FILL_ZMM(16)
        FILL_ZMM(31)
        __asm__ volatile("kmovw %0, %%k1\nkmovw %1, %%k7" : : "r"(0x1357), "r"(0x2468));
    } else if (components & XCR0_AVX) {
#define FILL_YMM(n) __asm__ volatile("vmovups (%0), %%ymm" #n : : "r"(area + 64 * n));
        FILL_YMM(0) FILL_YMM(1) FILL_YMM(7) FILL_YMM(15)
    } else {
#define FILL_XMM(n) __asm__ volatile("movups (%0), %%xmm" #n : : "r"(area + 64 * n));
        FILL_XMM(0) FILL_XMM(1) FILL_XMM(7) FILL_XMM(15)
    }
    __asm__ volatile("ldmxcsr %0" : : "m"((const uint32_t){ 0x9fc0 }));
}

static void save_state(uint8_t *where)
{
    memset(where, 0, AREA_BYTES);
    __asm__ volatile("xsave (%0)" : : "r"(where), "a"(~0u), "d"(~0u) : "memory");
}

/* Exits of many kinds, whether they are intercepted or not. */
static void provoke_exits(void)
{
    cpuid(0, 0);
    outb(0x80, 0);
    inb(0xa1);
    wrmsr(MSR_IA32_TSC_AUX, rdmsr(MSR_IA32_TSC_AUX));
    rdtsc();
    cpu_pause();
    wbinvd();
    write_cr3(read_cr3());
    write_cr0(read_cr0());
    write_dr7(read_dr7());
    TRY("vmcall", (), ("a"(0)), ());
    TRY("ud2", (), (), ());
    TRY("mov (%0), %%al", (), ("c"(PAGING_NOWHERE)), ("rax"));
    __asm__ volatile("str %%ax" : : : "rax");
}

static void check_state(uint64_t all)
{
    fill_state(all);
    save_state(before);
    provoke_exits();
    save_state(after);
    check(!memcmp(before, after, 512), "x87 and SSE state outlives exits");
    if (all & XCR0_AVX)
        check(!memcmp(before + 576, after + 576, 256), "AVX state outlives exits");
    if (all & XCR0_AVX512)
        check(!memcmp(before + 832, after + 832, sizeof(after) - 832),
              "AVX-512 and other extended state outlives exits");
    __asm__ volatile("fninit\nldmxcsr %0" : : "m"((const uint32_t){ 0x1f80 }));
}

static void check_xsaves(void)
{
    struct trap t;

    if (!(cpuid(0xd, 1).eax & LEAFD_EAX_XSAVES)) {
        check_fault(XSAVES_TRY("xsaves", after), EXCEPTION_UD, 0, "XSAVES where CPUID has it not");
        return;
    }
    check_clean(try_wrmsr(MSR_IA32_XSS, 0), "WRMSR of 0 to IA32_XSS");
    fill_state(XCR0_SSE);
    memset(before, 0, AREA_BYTES);
    check_clean(XSAVES_TRY("xsaves", before), "XSAVES");
    check_equal(before[HEADER + 15] >> 7, 1, "XSAVES writes the compacted form");
    __asm__ volatile("fninit; xorps %xmm0, %xmm0; xorps %xmm15, %xmm15");
    check_clean(XSAVES_TRY("xrstors", before), "XRSTORS");
    memset(after, 0, AREA_BYTES);
    check_clean(XSAVES_TRY("xsaves", after), "XSAVES of what XRSTORS loaded");
    check(!memcmp(before, after, AREA_BYTES), "XRSTORS loads what XSAVES wrote");
    check_fault(XSAVES_TRY("xsaves", after + 8), EXCEPTION_GP, 0, "XSAVES to a misaligned area");
    before[HEADER + 24] = 1;
    check_fault(XSAVES_TRY("xrstors", before), EXCEPTION_GP, 0, "XRSTORS of a bad header");
    t = XSAVES_TRY("xsaves", PAGING_NOWHERE);
    check_fault(t, EXCEPTION_PF, PAGE_FAULT_WRITE, "XSAVES to an absent page");
    __asm__ volatile("fninit\nldmxcsr %0" : : "m"((const uint32_t){ 0x1f80 }));
}

void check_xsave(void)
{
    uint64_t cr4 = read_cr4(), all;

    if (!(cpuid(1, 0).ecx & LEAF1_ECX_XSAVE)) {
        check_fault(try_xsetbv(0, 1), EXCEPTION_UD, 0, "XSETBV where CPUID has it not");
        return;
    }
    write_cr4(cr4 | CR4_OSXSAVE);
    /* Protection keys would need their own care; they are left out. */
    all = supported() & (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512);
    check_xcr0(all);
    check_xsetbv_faults();
    check_state(all);
    check_xsaves();
    try_xsetbv(0, XCR0_X87);
    write_cr4(cr4);
}
