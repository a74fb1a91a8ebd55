/* SPDX-License-Identifier: MIT */
/* Every exception that software can raise: vector, error code, place, CR2, RFLAGS.RF. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/compat.h"
#include "guest/debug_registers.h"
#include "guest/paging.h"
#include "guest/segments.h"
#include "guest/try.h"
#include "vmx/msr.h"

static uint8_t page[PAGE_SIZE] __attribute__((aligned(4096)));

static void check_arithmetic(void)
{
    check_fault(TRY("divl %%ecx", (), ("a"(1), "d"(0), "c"(0)), ()), EXCEPTION_DE, 0, "DIV by 0");
    check_fault(TRY("idivq %%rcx", (), ("a"(0), "d"(1ull << 63), "c"(-1ll)), ()), EXCEPTION_DE, 0,
                "IDIV with a quotient too large");
}

static void check_software(void)
{
    struct trap t;

    check_trap(TRY("int3", (), (), ()), EXCEPTION_BP, "INT3");
    check_trap(TRY(".byte 0xcd, 0x03", (), (), ()), EXCEPTION_BP, "INT 3");
    check_trap(TRY("int $0x81", (), (), ()), VECTOR_USER_OPEN, "INT 0x81");
    t = TRY(".byte 0xf1", (), (), ());
    check(t.vector == EXCEPTION_DB && t.place == TRAP_BEHIND, "INT1 takes #DB behind it");
    trap_arm();
    compat_call(compat_into);
    check_trap(trap_disarm(), EXCEPTION_OF, "INTO");
    trap_arm();
    compat_call(compat_bound);
    t = trap_disarm();
    check_fault(t, EXCEPTION_BR, 0, "BOUND out of range");
    check_equal(t.cs, SELECTOR_CODE32, "BOUND was run in compatibility mode");
}

static void check_invalid_opcode(void)
{
    check_fault(TRY("ud2", (), (), ()), EXCEPTION_UD, 0, "UD2");
    check_fault(TRY(".byte 0x06", (), (), ()), EXCEPTION_UD, 0, "PUSH ES in 64-bit mode");
    check_fault(TRY("lock; nop", (), (), ()), EXCEPTION_UD, 0, "NOP with LOCK");
}

static void check_device(void)
{
    uint64_t cr0 = read_cr0();

    write_cr0(cr0 | CR0_TS);
    check_fault(TRY("fninit", (), (), ()), EXCEPTION_NM, 0, "an x87 instruction with CR0.TS");
    check_fault(TRY("xorps %%xmm0, %%xmm0", (), (), ()), EXCEPTION_NM, 0,
                "an SSE instruction with CR0.TS");
    check_fault(TRY("fwait", (), (), ()), EXCEPTION_NM, 0, "FWAIT with CR0.TS and MP");
    write_cr0(cr0 | CR0_EM);
    check_fault(TRY("xorps %%xmm0, %%xmm0", (), (), ()), EXCEPTION_UD, 0,
                "an SSE instruction with CR0.EM");
    write_cr0(cr0);
    check_clean(TRY("fninit", (), (), ()), "an x87 instruction");
}

static const uint16_t x87_zero_divide_open = 0x37b;
static const uint32_t sse_all_masked = 0x1f80, sse_zero_divide_open = 0x1d80;

static void check_float(void)
{
    uint64_t cr4 = read_cr4();

    __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp" : : "m"(x87_zero_divide_open));
    check_fault(TRY("fwait", (), (), ()), EXCEPTION_MF, 0, "FWAIT after an x87 division by 0");
    __asm__ volatile("fninit");

    __asm__ volatile("ldmxcsr %0" : : "m"(sse_zero_divide_open));
    __asm__ volatile("pcmpeqd %xmm1, %xmm1; psrld $25, %xmm1; pslld $23, %xmm1; pxor %xmm2, %xmm2");
    check_fault(TRY("divps %%xmm2, %%xmm1", (), (), ()), EXCEPTION_XM, 0, "an SSE division by 0");
    write_cr4(cr4 & ~(uint64_t)CR4_OSXMMEXCPT);
    check_fault(TRY("divps %%xmm2, %%xmm1", (), (), ()), EXCEPTION_UD, 0,
                "an SSE division by 0 without CR4.OSXMMEXCPT");
    write_cr4(cr4);
    __asm__ volatile("ldmxcsr %0" : : "m"(sse_all_masked));
}

static void check_segments(void)
{
    struct trap t;

    check_fault(TRY("mov %0, %%fs", (), ("r"(SELECTOR_ABSENT)), ()), EXCEPTION_NP, SELECTOR_ABSENT,
                "MOV of an absent segment to FS");
    check_fault(TRY("mov %0, %%ss", (), ("r"(SELECTOR_ABSENT)), ()), EXCEPTION_SS, SELECTOR_ABSENT,
                "MOV of an absent segment to SS");
    check_fault(TRY("mov %0, %%fs", (), ("r"(SELECTOR_TSS)), ()), EXCEPTION_GP, SELECTOR_TSS,
                "MOV of a system segment to FS");
    check_fault(TRY("mov %0, %%fs", (), ("r"(0x2000)), ()), EXCEPTION_GP, 0x2000,
                "MOV of a selector beyond the GDT to FS");
    check_fault(TRY("mov %0, %%fs", (), ("r"(0x14)), ()), EXCEPTION_GP, 0x14,
                "MOV of a selector beyond the LDT to FS");
    check_fault(TRY("mov (%0), %%al", (), ("c"(NONCANONICAL)), ("rax")), EXCEPTION_GP, 0,
                "a read at a non-canonical address");
    t = TRY("push %%rbp\nmov %0, %%rbp\n3: mov (%%rbp), %%al\n4:\npop %%rbp" TRAP_FIXUP("3b", "4b"),
            (), ("c"(NONCANONICAL)), ("rax"));
    check_fault(t, EXCEPTION_SS, 0, "a read of the stack at a non-canonical address");
}

AT_USER(int_closed_at_user, "int $0x20", (), (), ())
AT_USER(int_small_tss_at_user, "int $0x82", (), (), ())

/* Faults in the delivery of other events. */
static void check_delivery(void)
{
    struct gate breakpoint = trap_gates[EXCEPTION_BP], general = trap_gates[EXCEPTION_GP];
    struct trap t;

    check_fault(try_at_user(int_closed_at_user), EXCEPTION_GP, 0x20 << 3 | 2,
                "INT at CPL 3 through a closed gate");
    segments_load_tss(SELECTOR_SMALL_TSS);
    t = try_at_user(int_small_tss_at_user);
    segments_load_tss(SELECTOR_TSS);
    check_fault(t, EXCEPTION_TS, SELECTOR_SMALL_TSS, "INT to a stack that the TSS has not");
    trap_gates[EXCEPTION_BP].type &= (uint8_t)~GATE_PRESENT;
    check_fault(TRY("int3", (), (), ()), EXCEPTION_NP, EXCEPTION_BP << 3 | 2,
                "INT3 with an absent gate");
    trap_gates[EXCEPTION_BP] = breakpoint;
    trap_gates[EXCEPTION_GP].type &= (uint8_t)~GATE_PRESENT;
    t = TRY("mov (%0), %%al", (), ("c"(NONCANONICAL)), ("rax"));
    trap_gates[EXCEPTION_GP] = general;
    check(t.vector == EXCEPTION_DF && !t.error_code, "#GP with an absent gate becomes #DF(0)");
}

static void check_faulting_delivery(void)
{
    struct gate page_fault = trap_gates[EXCEPTION_PF];
    struct trap t;

    trap_gates[EXCEPTION_PF].selector = SELECTOR_DATA;
    t = TRY("mov (%0), %%al", (), ("c"(PAGING_NOWHERE)), ("rax"));
    trap_gates[EXCEPTION_PF] = page_fault;
    check(t.vector == EXCEPTION_DF && !t.error_code, "#GP in the delivery of #PF becomes #DF(0)");

    trap_gates[VECTOR_USER_OPEN].ist = 2;
    segments_tss.ist[1] = (uint64_t)page + PAGE_SIZE;
    paging_set(page, 0);
    t = TRY("int $0x81", (), (), ());
    check_fault(t, EXCEPTION_PF, PAGE_FAULT_WRITE, "INT to a stack in an absent page");
    check(t.cr2 == (uint64_t)page + PAGE_SIZE - 8, "INT to a stack in an absent page sets CR2");
    paging_reset(page);
    t = TRY("int $0x81", (), (), ());
    check_trap(t, VECTOR_USER_OPEN, "INT to the same stack in a present page");
    trap_gates[VECTOR_USER_OPEN].ist = 0;
}

static void check_user_page(struct trap t, uint64_t error_code, const char *what)
{
    check_fault(t, EXCEPTION_PF, error_code, "%s", what);
    check(t.cr2 == (uint64_t)page + 8, "%s sets CR2", what);
}

AT_USER(read_at_user, "mov %0, %%al", (), ("m"(page[8])), ("rax"))
AT_USER(write_at_user, "movb $1, %0", ("=m"(page[8])), (), ())

/* Jumps to page + 8, which jumps back: a fault has its RIP there, so there must be one row only. */
static __attribute__((noinline)) struct trap fetch_from_page(void)
{
    page[8] = 0xff; /* JMP RCX */
    page[9] = 0xe1;
    trap_arm();
    __asm__ volatile("lea 2f(%%rip), %%rcx\n"
                     "jmp *%[entry]\n"
                     "2:" X86_FIXUP("%c[target]", "2b")
                     :
                     : [entry] "r"(&page[8]), [target] "i"(&page[8])
                     : "rcx", "memory");
    return trap_disarm();
}

static void check_page_faults(void)
{
    uint64_t here = (uint64_t)page;
    struct trap t;

    paging_set(page, 0);
    check_user_page(TRY("mov %0, %%al", (), ("m"(page[8])), ("rax")), 0,
                    "a read of an absent page");
    check_user_page(TRY("movb $1, %0", ("=m"(page[8])), (), ()), PAGE_FAULT_WRITE,
                    "a write to an absent page");
    check_user_page(try_at_user(read_at_user), PAGE_FAULT_USER,
                    "a read of an absent page at CPL 3");
    paging_set(page, here | PAGE_PRESENT | PAGE_WRITABLE);
    check_user_page(try_at_user(write_at_user),
                    PAGE_FAULT_USER | PAGE_FAULT_WRITE | PAGE_FAULT_PRESENT,
                    "a write to a supervisor's page at CPL 3");
    paging_set(page, here | PAGE_ALL | PAGE_RESERVED);
    check_user_page(TRY("mov %0, %%al", (), ("m"(page[8])), ("rax")),
                    PAGE_FAULT_PRESENT | PAGE_FAULT_RESERVED,
                    "a read by an entry with a reserved bit");
    paging_reset(page);
    check_clean(fetch_from_page(), "a fetch from a page with execution");
    *paging_entry(page) |= PAGE_NO_EXECUTE;
    invlpg(page);
    check_user_page(fetch_from_page(), PAGE_FAULT_PRESENT | PAGE_FAULT_FETCH,
                    "a fetch from a page without execution");
    paging_reset(page);
    t = TRY("mov (%0), %%al", (), ("c"(PAGING_NOWHERE)), ("rax"));
    check(t.cr2 == PAGING_NOWHERE && !t.error_code, "a read above 4 GiB sets CR2 to all of it");
}

static uint64_t misaligned_at_user(void *trap)
{
    uint64_t value;

    __asm__ volatile("pushfq; orl $0x40000, (%%rsp); popfq" : : : "memory", "cc");
    *(struct trap *)trap = TRY("mov %1, %0", ("=r"(value)), ("m"(page[1])), ());
    __asm__ volatile("pushfq; andl $~0x40000, (%%rsp); popfq" : : : "memory", "cc");
    return 0;
}

static void check_alignment(void)
{
    uint64_t cr0 = read_cr0();

    check_clean(try_at_user(misaligned_at_user), "a misaligned read without CR0.AM");
    write_cr0(cr0 | CR0_AM);
    check_fault(try_at_user(misaligned_at_user), EXCEPTION_AC, 0,
                "a misaligned read with CR0.AM and RFLAGS.AC at CPL 3");
    write_cr0(cr0);
}

void check_exceptions(void)
{
    check_arithmetic();
    check_software();
    check_invalid_opcode();
    check_device();
    check_float();
    check_segments();
    check_delivery();
    check_faulting_delivery();
    check_page_faults();
    check_alignment();
    write_dr6(DR6_CLEAR);
}
