/* SPDX-License-Identifier: MIT */
/* Control registers: MOV, CLTS, LMSW, SMSW; what they switch and what they refuse. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/try.h"
#include "vmx/msr.h"

static volatile uint8_t page[PAGE_SIZE] __attribute__((aligned(4096)));

static void check_cr0_bits(void)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = { { CR0_MP, "MP" }, { CR0_EM, "EM" }, { CR0_TS, "TS" }, { CR0_NE, "NE" },
                 { CR0_WP, "WP" }, { CR0_AM, "AM" }, { CR0_CD, "CD" } };
    uint64_t cr0 = read_cr0();

    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        write_cr0(cr0 ^ bits[i].bit);
        check_equal(read_cr0(), cr0 ^ bits[i].bit, "CR0.%s turns over", bits[i].name);
        write_cr0(cr0);
    }
    check_equal(read_cr0(), cr0, "CR0 is as before");
    write_cr0(cr0 & ~(uint64_t)CR0_ET);
    check_equal(read_cr0(), cr0, "CR0.ET stays 1");
}

static void check_cr0_refusals(void)
{
    uint64_t cr0 = read_cr0();

    check_fault(try_write_cr0(cr0 & ~(uint64_t)CR0_PE), EXCEPTION_GP, 0, "CR0.PG without PE");
    check_fault(try_write_cr0(cr0 & ~(uint64_t)CR0_PG), EXCEPTION_GP, 0,
                "CR0.PG clear in 64-bit mode");
    check_fault(try_write_cr0(cr0 | CR0_NW), EXCEPTION_GP, 0, "CR0.NW without CD");
    check_fault(try_write_cr0(cr0 | 1ull << 32), EXCEPTION_GP, 0, "CR0 above 32 bits");
    check_equal(read_cr0(), cr0, "a refused CR0 changes nothing");
}

static void check_write_protect(void)
{
    uint64_t cr0 = read_cr0();

    paging_set((void *)page, (uint64_t)page | PAGE_PRESENT);
    check_fault(TRY("movb $1, %0", ("=m"(page[0])), (), ()), EXCEPTION_PF,
                PAGE_FAULT_PRESENT | PAGE_FAULT_WRITE, "a write to a read-only page with CR0.WP");
    write_cr0(cr0 & ~(uint64_t)CR0_WP);
    check_clean(TRY("movb $1, %0", ("=m"(page[0])), (), ()),
                "a write to a read-only page without CR0.WP");
    write_cr0(cr0);
    paging_reset((void *)page);
}

static uint16_t status_word;

static void check_task_switched(void)
{
    uint64_t cr0 = read_cr0(), rax = 0x1122334455667788;

    write_cr0(cr0 | CR0_TS);
    __asm__ volatile("clts");
    check(!(read_cr0() & CR0_TS), "CLTS clears CR0.TS");
    __asm__ volatile("clts");
    check_equal(read_cr0(), cr0, "CLTS with TS clear changes nothing");

    __asm__ volatile("lmsw %w0" : : "r"(cr0 | CR0_TS | CR0_EM));
    check_equal(read_cr0(), cr0 | CR0_TS | CR0_EM, "LMSW of a register sets TS and EM");
    status_word = (uint16_t)((cr0 & ~0xfull) | 0x5550);
    __asm__ volatile("lmsw %0" : : "m"(status_word));
    check_equal(read_cr0(), (cr0 & ~0xfull) | CR0_PE,
                "LMSW of memory clears MP, EM and TS, not PE, and nothing above them");
    write_cr0(cr0);

    __asm__ volatile("smsw %w0" : "+r"(rax));
    check_equal(rax, 0x1122334455660000 | (cr0 & 0xffff), "SMSW of 16 bits");
    __asm__ volatile("smsw %k0" : "=r"(rax));
    check_equal(rax, cr0 & 0xffffffff, "SMSW of 32 bits");
    __asm__ volatile("smsw %0" : "=m"(status_word));
    check_equal(status_word, cr0 & 0xffff, "SMSW to memory");
}

static void check_cr4_bits(void)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } bits[] = { { CR4_VME, "VME" },           { CR4_PVI, "PVI" },
                 { CR4_TSD, "TSD" },           { CR4_DE, "DE" },
                 { CR4_PSE, "PSE" },           { CR4_MCE, "MCE" },
                 { CR4_PGE, "PGE" },           { CR4_PCE, "PCE" },
                 { CR4_OSFXSR, "OSFXSR" },     { CR4_OSXMMEXCPT, "OSXMMEXCPT" },
                 { CR4_FSGSBASE, "FSGSBASE" }, { CR4_OSXSAVE, "OSXSAVE" },
                 { CR4_PCIDE, "PCIDE" } };
    uint64_t cr4 = read_cr4();

    for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
        write_cr4(cr4 ^ bits[i].bit);
        check_equal(read_cr4(), cr4 ^ bits[i].bit, "CR4.%s turns over", bits[i].name);
        write_cr4(cr4);
    }
    check_fault(try_write_cr4(cr4 & ~(uint64_t)CR4_PAE), EXCEPTION_GP, 0,
                "CR4.PAE clear in 64-bit mode");
    check_fault(try_write_cr4(cr4 | 1u << 31), EXCEPTION_GP, 0, "a reserved bit of CR4");
    check_fault(try_write_cr4(cr4 | 1ull << 40), EXCEPTION_GP, 0, "CR4 above 32 bits");
    check_equal(read_cr4(), cr4, "a refused CR4 changes nothing");
}

/* A root that maps all as the first does. */
static uint64_t other_root[512] __attribute__((aligned(4096)));

static void check_cr3(void)
{
    uint64_t cr3 = read_cr3(), cr4 = read_cr4(), value;

    check_equal(cr3, (uint64_t)paging_root, "CR3 holds what was written");
    other_root[0] = paging_root[0];
    write_cr3((uint64_t)other_root | 0x18);
    check_equal(read_cr3(), (uint64_t)other_root | 0x18, "CR3 takes another root, PWT and PCD");
    write_cr3(cr3);
    check_fault(try_write_cr3(cr3 | 1ull << 52), EXCEPTION_GP, 0, "a reserved bit of CR3");
    check_fault(try_write_cr3(cr3 | 1ull << 63), EXCEPTION_GP, 0, "CR3 bit 63 without PCIDE");

    write_cr4(cr4 | CR4_PCIDE);
    write_cr3(cr3 | 5);
    check_equal(read_cr3(), cr3 | 5, "CR3 holds a PCID");
    write_cr3((uint64_t)other_root | 6 | 1ull << 63);
    check_equal(read_cr3(), (uint64_t)other_root | 6, "CR3 bit 63 is not kept");
    write_cr3(cr3 | 5);
    write_cr4(cr4);
    check_equal(read_cr4(), cr4, "CR4.PCIDE clears while CR3 holds a PCID");
    write_cr3(cr3 | 0x18);
    check_fault(try_write_cr4(cr4 | CR4_PCIDE), EXCEPTION_GP, 0,
                "CR4.PCIDE while the low bits of CR3 are not 0");
    write_cr3(cr3);

    __asm__ volatile("mov %%rsp, %%rbx\n"
                     "mov %%cr3, %%rsp\n"
                     "mov %%rsp, %0\n"
                     "mov %%rsp, %%cr3\n"
                     "mov %%rbx, %%rsp"
                     : "=r"(value)
                     :
                     : "rbx", "memory");
    check_equal(value, cr3, "MOV between CR3 and RSP");
}

static volatile uint32_t *const task_priority = (uint32_t *)0xfee00080;

static void check_cr8(void)
{
    uint64_t value;

    write_cr8(9);
    check_equal(read_cr8(), 9, "CR8 holds what was written");
    check_equal(*task_priority, 0x90, "CR8 shows in the local APIC");
    *task_priority = 0x3f;
    __asm__ volatile("mov %%cr8, %%r15\nmov %%r15, %0" : "=r"(value) : : "r15");
    check_equal(value, 3, "the local APIC's task priority shows in CR8");
    check_fault(try_write_cr8(16), EXCEPTION_GP, 0, "CR8 of 16");
    check_equal(read_cr8(), 3, "a refused CR8 changes nothing");
    write_cr8(0);
}

static void check_invalid(void)
{
    uint64_t cr2;

    check_fault(TRY(".byte 0x0f, 0x22, 0xc8", (), (), ()), EXCEPTION_UD, 0, "MOV to CR1");
    check_fault(TRY(".byte 0x0f, 0x20, 0xf8", (), (), ("rax")), EXCEPTION_UD, 0, "MOV from CR7");
    write_cr2(0x123456789abc);
    cr2 = read_cr2();
    check_equal(cr2, 0x123456789abc, "CR2 holds what was written");
}

AT_USER(read_cr0_at_user, "mov %%cr0, %%rax", (), ("a"(0)), ())
AT_USER(write_cr3_at_user, "mov %%rax, %%cr3", (), ("a"(paging_root)), ())
AT_USER(read_cr8_at_user, "mov %%cr8, %%rax", (), ("a"(0)), ())
AT_USER(clts_at_user, "clts", (), ("a"(0)), ())
AT_USER(lmsw_at_user, "lmsw %%ax", (), ("a"(0)), ())
AT_USER(smsw_at_user, "smsw %%eax", (), ("a"(0)), ())

static void check_user(void)
{
    static const struct {
        uint64_t (*function)(void *);
        const char *name;
    } tries[] = { { read_cr0_at_user, "MOV from CR0" },
                  { write_cr3_at_user, "MOV to CR3" },
                  { read_cr8_at_user, "MOV from CR8" },
                  { clts_at_user, "CLTS" },
                  { lmsw_at_user, "LMSW" } };

    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        check_fault(try_at_user(tries[i].function), EXCEPTION_GP, 0, "%s at CPL 3", tries[i].name);
    }
    check_clean(try_at_user(smsw_at_user), "SMSW at CPL 3");
}

void check_cr(void)
{
    check_cr0_bits();
    check_cr0_refusals();
    check_write_protect();
    check_task_switched();
    check_cr4_bits();
    check_cr3();
    check_cr8();
    check_invalid();
    check_user();
}
