/* SPDX-License-Identifier: MIT */
/* RDTSC, RDTSCP, RDPMC. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/try.h"
#include "vmx/msr.h"

enum { LEAF_PERFORMANCE = 0xa, LEAF_PERFORMANCE_VERSION = 0xff };

static uint64_t rdtscp(uint32_t *aux)
{
    uint32_t low, high;

    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(*aux));
    return (uint64_t)high << 32 | low;
}

static void check_order(void)
{
    uint64_t a = rdtsc(), b, c, d;
    uint32_t aux;

    b = rdtsc();
    c = rdtscp(&aux);
    d = rdmsr(MSR_IA32_TIME_STAMP_COUNTER);
    check(a < b && b < c && c < d, "RDTSC, RDTSCP and IA32_TIME_STAMP_COUNTER agree and rise");
    check(d - a < 1000000, "they are near to each other");
}

static void check_registers(void)
{
    uint64_t rax = ~0ull, rcx = ~0ull, rdx = ~0ull;

    __asm__ volatile("rdtsc" : "+a"(rax), "+d"(rdx));
    check(!((rax | rdx) >> 32), "RDTSC clears the upper halves of RAX and RDX");
    wrmsr(MSR_IA32_TSC_AUX, 0x2345);
    rax = rdx = ~0ull;
    __asm__ volatile("rdtscp" : "+a"(rax), "+c"(rcx), "+d"(rdx));
    check(!((rax | rdx) >> 32), "RDTSCP clears the upper halves of RAX and RDX");
    check_equal(rcx, 0x2345, "RDTSCP puts IA32_TSC_AUX into RCX");
    wrmsr(MSR_IA32_TSC_AUX, 0);
}

AT_USER(rdtsc_at_user, "rdtsc", (), ("c"(0)), ("rax", "rdx"))
AT_USER(rdpmc_at_user, "rdpmc", (), ("c"(0)), ("rax", "rdx"))
AT_USER(rdtscp_at_user, "rdtscp", (), (), ("rax", "rcx", "rdx"))

static void check_user(void)
{
    uint64_t cr4 = read_cr4();

    check_clean(try_at_user(rdtsc_at_user), "RDTSC at CPL 3");
    check_clean(try_at_user(rdtscp_at_user), "RDTSCP at CPL 3");
    write_cr4(cr4 | CR4_TSD);
    check_fault(try_at_user(rdtsc_at_user), EXCEPTION_GP, 0, "RDTSC at CPL 3 with CR4.TSD");
    check_fault(try_at_user(rdtscp_at_user), EXCEPTION_GP, 0, "RDTSCP at CPL 3 with CR4.TSD");
    check_clean(TRY("rdtsc", (), (), ("rax", "rdx")), "RDTSC at CPL 0 with CR4.TSD");
    write_cr4(cr4);
    check_fault(try_at_user(rdpmc_at_user), EXCEPTION_GP, 0, "RDPMC at CPL 3 without CR4.PCE");
}

static void check_counters(void)
{
    uint64_t rax = ~0ull, rdx = ~0ull;

    if (cpuid(LEAF_PERFORMANCE, 0).eax & LEAF_PERFORMANCE_VERSION) {
        check_clean(TRY("rdpmc", ("+a"(rax), "+d"(rdx)), ("c"(0)), ()), "RDPMC of counter 0");
        check(!((rax | rdx) >> 32), "RDPMC clears the upper halves of RAX and RDX");
    } else {
        check_fault(TRY("rdpmc", (), ("c"(0)), ("rax", "rdx")), EXCEPTION_GP, 0,
                    "RDPMC where CPUID has no counters");
    }
    check_fault(TRY("rdpmc", (), ("c"(0x1234567)), ("rax", "rdx")), EXCEPTION_GP, 0,
                "RDPMC of a counter that is not there");
}

void check_tsc(void)
{
    check_order();
    check_registers();
    check_user();
    check_counters();
}
