/* SPDX-License-Identifier: MIT */
/* RDMSR and WRMSR: values that stay, effects that show, faults that must come. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/segments.h"
#include "guest/system_calls.h"
#include "guest/try.h"
#include "guest/user.h"
#include "vmx/msr.h"

/* Registers that hold what was written; each gets its old value back. */
static const struct {
    uint32_t msr;
    const char *name;
    uint64_t value;
} holders[] = {
    { MSR_IA32_SYSENTER_CS, "IA32_SYSENTER_CS", SELECTOR_CODE64 },
    { MSR_IA32_SYSENTER_ESP, "IA32_SYSENTER_ESP", 0xffff8000deadbee8 },
    { MSR_IA32_SYSENTER_EIP, "IA32_SYSENTER_EIP", 0x00007fffdeadbeef },
    { MSR_IA32_PAT, "IA32_PAT", 0x0001040600070406 },
    { MSR_IA32_STAR, "IA32_STAR", 0x001b000800000000 },
    { MSR_IA32_LSTAR, "IA32_LSTAR", 0xffffffff81000000 },
    { MSR_IA32_CSTAR, "IA32_CSTAR", 0xffffffff82000000 },
    { MSR_IA32_FMASK, "IA32_FMASK", 0x47700 },
    { MSR_IA32_FS_BASE, "IA32_FS_BASE", 0x123456789000 },
    { MSR_IA32_GS_BASE, "IA32_GS_BASE", 0xffff888000001000 },
    { MSR_IA32_KERNEL_GS_BASE, "IA32_KERNEL_GS_BASE", 0xffff888000002000 },
    { MSR_IA32_TSC_AUX, "IA32_TSC_AUX", 0x1234 },
};

static void check_holders(void)
{
    for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
        uint64_t old = rdmsr(holders[i].msr);

        wrmsr(holders[i].msr, holders[i].value);
        check_equal(rdmsr(holders[i].msr), holders[i].value, "%s holds what was written",
                    holders[i].name);
        wrmsr(holders[i].msr, old);
    }
}

/* Values that no such register takes. */
static const struct {
    uint32_t msr;
    uint64_t value;
    const char *what;
} refused[] = {
    { MSR_IA32_EFER, 1 << 1, "a reserved bit of IA32_EFER" },
    { MSR_IA32_EFER, 0, "IA32_EFER.LME clear while paging" },
    { MSR_IA32_PAT, 0x0001040600070402, "memory type 2 in IA32_PAT" },
    { MSR_IA32_FS_BASE, NONCANONICAL, "a non-canonical IA32_FS_BASE" },
    { MSR_IA32_GS_BASE, NONCANONICAL, "a non-canonical IA32_GS_BASE" },
    { MSR_IA32_KERNEL_GS_BASE, NONCANONICAL, "a non-canonical IA32_KERNEL_GS_BASE" },
    { MSR_IA32_LSTAR, NONCANONICAL, "a non-canonical IA32_LSTAR" },
    { MSR_IA32_SYSENTER_ESP, NONCANONICAL, "a non-canonical IA32_SYSENTER_ESP" },
    { MSR_IA32_SYSENTER_EIP, NONCANONICAL, "a non-canonical IA32_SYSENTER_EIP" },
    { MSR_IA32_APIC_BASE, 1, "a reserved bit of IA32_APIC_BASE" },
    { MSR_IA32_MTRR_DEF_TYPE, 2, "memory type 2 in IA32_MTRR_DEF_TYPE" },
    { MSR_IA32_MTRR_PHYSBASE0, 3, "memory type 3 in IA32_MTRR_PHYSBASE0" },
    { MSR_IA32_MTRRCAP, 0, "the read-only IA32_MTRRCAP" },
};

static void check_refused(void)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        uint64_t old = rdmsr(refused[i].msr);

        check_fault(try_wrmsr(refused[i].msr, refused[i].value), EXCEPTION_GP, 0, "WRMSR of %s",
                    refused[i].what);
        check_equal(rdmsr(refused[i].msr), old, "WRMSR of %s leaves it as it was", refused[i].what);
    }
}

/* The upper halves of RAX and RDX become 0; those that WRMSR gets do not matter. */
static void check_halves(void)
{
    uint64_t rax = ~0ull, rdx = ~0ull, rcx = 0xffffffff00000000 | MSR_IA32_PAT;

    __asm__ volatile("rdmsr" : "+a"(rax), "+d"(rdx) : "c"(rcx));
    check(!((rax | rdx) >> 32), "RDMSR clears the upper halves of RAX and RDX");
    check_equal(rdx << 32 | rax, rdmsr(MSR_IA32_PAT), "RDMSR ignores the upper half of RCX");
    rax |= 0xffffffff00000000;
    rdx |= 0x5555555500000000;
    check_clean(TRY("wrmsr", (), ("c"(rcx), "a"(rax), "d"(rdx)), ()),
                "WRMSR ignores the upper halves of RAX, RCX and RDX");
}

/* Whether these exist is the machine's affair: guest and bare machine must say the same. */
static void note_unknown(void)
{
    static const uint32_t numbers[] = { 0x2000,     0x3fff,     0x40000000, 0xbfffffff,
                                        0xc0002000, 0xc0011029, 0xffffffff };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uint64_t value;
        struct trap t = try_rdmsr(numbers[i], &value);

        check_note("msr RDMSR %#x: %s", numbers[i],
                   t.vector == NO_TRAP ? "a value" : trap_name((unsigned)t.vector));
    }
}

AT_USER(rdmsr_at_user, "rdmsr", (), ("c"(MSR_IA32_PAT)), ("rax", "rdx"))
AT_USER(wrmsr_at_user, "wrmsr", (), ("c"(MSR_IA32_TSC_AUX), "a"(0), "d"(0)), ())

static void check_user(void)
{
    check_fault(try_at_user(rdmsr_at_user), EXCEPTION_GP, 0, "RDMSR at CPL 3");
    check_fault(try_at_user(wrmsr_at_user), EXCEPTION_GP, 0, "WRMSR at CPL 3");
}

static void check_bases(void)
{
    static const uint64_t cell = 0x1122334455667788;
    uint64_t value;

    wrmsr(MSR_IA32_FS_BASE, (uint64_t)&cell - 8);
    __asm__ volatile("mov %%fs:8, %0" : "=r"(value));
    check_equal(value, cell, "IA32_FS_BASE is where FS points");
    wrmsr(MSR_IA32_GS_BASE, 0);
    wrmsr(MSR_IA32_KERNEL_GS_BASE, (uint64_t)&cell - 16);
    __asm__ volatile("swapgs\nmov %%gs:16, %0\nswapgs" : "=r"(value));
    check_equal(value, cell, "IA32_KERNEL_GS_BASE is where GS points after SWAPGS");
    wrmsr(MSR_IA32_FS_BASE, 0);
    wrmsr(MSR_IA32_KERNEL_GS_BASE, 0);
}

static uint64_t syscall_at_user(void *trap)
{
    uint64_t rax = 0;

    *(struct trap *)trap = TRY("syscall", ("+a"(rax)), (), ("rcx", "r11"));
    return rax;
}

static uint64_t sysenter_at_user(void *unused)
{
    uint64_t rax = 0;

    (void)unused;
    __asm__ volatile("mov %%rsp, %%rcx\n"
                     "lea 1f(%%rip), %%rdx\n"
                     "sysenter\n"
                     "1:"
                     : "+a"(rax)
                     :
                     : "rcx", "rdx", "memory", "cc");
    return rax;
}

static void check_system_calls(void)
{
    uint64_t efer = rdmsr(MSR_IA32_EFER);
    struct trap t;

    wrmsr(MSR_IA32_STAR, (uint64_t)(SELECTOR_CODE32 | 3) << 48 | (uint64_t)SELECTOR_CODE64 << 32);
    wrmsr(MSR_IA32_LSTAR, (uint64_t)system_call_entry);
    wrmsr(MSR_IA32_FMASK, 0);
    wrmsr(MSR_IA32_EFER, efer | EFER_SCE);
    check_equal(rdmsr(MSR_IA32_EFER), efer | EFER_SCE, "IA32_EFER holds SCE beside LMA");
    check_equal(user_call(syscall_at_user, &t), SYSCALL_MARK, "SYSCALL goes to IA32_LSTAR");
    wrmsr(MSR_IA32_EFER, efer);
    check_fault(try_at_user(syscall_at_user), EXCEPTION_UD, 0, "SYSCALL without IA32_EFER.SCE");

    wrmsr(MSR_IA32_SYSENTER_CS, SELECTOR_CODE64);
    wrmsr(MSR_IA32_SYSENTER_EIP, (uint64_t)system_enter_entry);
    check_equal(user_call(sysenter_at_user, NULL), SYSENTER_MARK,
                "SYSENTER goes to IA32_SYSENTER_EIP");
    wrmsr(MSR_IA32_SYSENTER_CS, 0);
}

enum { MTRR_RANGE = 2 << 20, MTRR_TEST_ADDRESS = 64 << 20 };

/* Memory must stay what it was when its type changes, and changes back. */
static void check_mtrr(void)
{
    volatile uint64_t *cell = (uint64_t *)(MTRR_TEST_ADDRESS + 8ul);
    uint32_t last = (uint32_t)(rdmsr(MSR_IA32_MTRRCAP) & MTRRCAP_VCNT_MASK) - 1;
    uint32_t base = MSR_IA32_MTRR_PHYSBASE0 + 2 * last, mask = base + 1;
    uint64_t old_base = rdmsr(base), old_mask = rdmsr(mask), fixed;
    uint64_t width = cpuid(0x80000008, 0).eax & 0xff;
    uint64_t new_mask = ((1ull << width) - MTRR_RANGE) | MTRR_PHYSMASK_VALID;

    *cell = 0xfeedface;
    wrmsr(base, MTRR_TEST_ADDRESS | MEMORY_TYPE_UC);
    wrmsr(mask, new_mask);
    check(rdmsr(base) == MTRR_TEST_ADDRESS && rdmsr(mask) == new_mask,
          "a variable MTRR holds what was written");
    check_equal(*cell, 0xfeedface, "memory keeps its data when its MTRR says uncached");
    *cell = 0xcafe;
    wrmsr(mask, old_mask);
    wrmsr(base, old_base);
    check_equal(*cell, 0xcafe, "memory keeps its data when its MTRR is taken back");
    fixed = rdmsr(MSR_IA32_MTRR_FIX16K_80000);
    wrmsr(MSR_IA32_MTRR_FIX16K_80000, 0x0606060606060600);
    check_equal(rdmsr(MSR_IA32_MTRR_FIX16K_80000), 0x0606060606060600,
                "a fixed MTRR holds what was written");
    wrmsr(MSR_IA32_MTRR_FIX16K_80000, fixed);
}

void check_msr(void)
{
    check_holders();
    check_refused();
    check_halves();
    note_unknown();
    check_user();
    check_bases();
    check_system_calls();
    check_mtrr();
}
