/* SPDX-License-Identifier: MIT */
/* LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR: values, operand forms, faults. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/paging.h"
#include "guest/segments.h"
#include "guest/try.h"
#include "vmm/string.h"

static uint8_t pages[2][PAGE_SIZE] __attribute__((aligned(4096)));

static bool same(struct descriptor_table a, struct descriptor_table b)
{
    return a.base == b.base && a.limit == b.limit;
}

static void check_pseudo_descriptors(void)
{
    struct descriptor_table gdt = sgdt(), idt = sidt(), seen;
    struct descriptor_table other = { SELECTOR_BASED_DATA - 1, gdt.base };

    check(gdt.base == (uint64_t)segments_gdt && gdt.limit == sizeof(segments_gdt) - 1,
          "SGDT gives what LGDT took");
    check(idt.base == (uint64_t)trap_gates && idt.limit == sizeof(trap_gates) - 1,
          "SIDT gives what LIDT took");
    lgdt(&other);
    check(same(sgdt(), other), "LGDT takes another limit");
    check_fault(TRY("mov %0, %%fs", (), ("r"(SELECTOR_BASED_DATA)), ()), EXCEPTION_GP,
                SELECTOR_BASED_DATA, "MOV to FS of a selector beyond it");
    lgdt(&gdt);
    check_clean(TRY("mov %0, %%fs", (), ("r"(SELECTOR_BASED_DATA)), ()),
                "LGDT takes the old limit");
    other = (struct descriptor_table){ idt.limit, 0xffff800000001000 };
    lidt(&other);
    check(same(sidt(), other), "LIDT takes another base");
    lidt(&idt);

    __asm__ volatile("mov %1, %%fs\nsgdt %%fs:16\nmov %2, %%fs"
                     : "=m"(segments_based_page)
                     : "r"(SELECTOR_BASED_DATA), "r"(0));
    memcpy(&seen, segments_based_page + 16, sizeof(seen));
    check(same(seen, gdt), "SGDT by way of FS");
    __asm__ volatile("sidt 128(%0, %1, 4)" : : "r"(pages[0]), "r"(32ul) : "memory");
    memcpy(&seen, pages[0] + 256, sizeof(seen));
    check(same(seen, idt), "SIDT by base, index and displacement");
    __asm__ volatile("addr32 sgdt 8(%%eax)" : : "a"(pages[0]) : "memory");
    memcpy(&seen, pages[0] + 8, sizeof(seen));
    check(same(seen, gdt), "SGDT with a 32-bit address");
    __asm__ volatile(".byte 0x66\nsidt (%0)" : : "r"(pages[0]) : "memory");
    memcpy(&seen, pages[0], sizeof(seen));
    check(same(seen, idt), "SIDT with an operand-size prefix");
    __asm__ volatile("sgdt table_here(%%rip)\n"
                     ".pushsection .bss\ntable_here: .skip 16\n.popsection\n"
                     "lea table_here(%%rip), %%rax\n"
                     "mov (%%rax), %%cx\n"
                     "mov 2(%%rax), %%rax"
                     : "=a"(seen.base), "=c"(seen.limit)
                     :
                     : "memory");
    check(same(seen, gdt), "SGDT relative to RIP");
}

static void check_pseudo_descriptor_faults(void)
{
    uint8_t *crossing = pages[1] - 4;
    struct trap t;

    check_fault(TRY("lgdt (%0)", (), ("c"(NONCANONICAL)), ()), EXCEPTION_GP, 0,
                "LGDT from a non-canonical address");
    t = TRY("sidt (%0)", (), ("c"(PAGING_NOWHERE)), ());
    check_fault(t, EXCEPTION_PF, PAGE_FAULT_WRITE, "SIDT to an absent page");
    check_equal(t.cr2, PAGING_NOWHERE, "SIDT to an absent page sets CR2");
    paging_set(pages[1], 0);
    t = TRY("lidt (%0)", (), ("r"(crossing)), ());
    check_fault(t, EXCEPTION_PF, 0, "LIDT from half an absent page");
    check_equal(t.cr2 - (uint64_t)pages[1], 0, "LIDT from half an absent page sets CR2");
    paging_reset(pages[1]);
    *(struct descriptor_table *)crossing = (struct descriptor_table){ 0xfff, NONCANONICAL };
    check_fault(TRY("lidt (%0)", (), ("r"(crossing)), ()), EXCEPTION_GP, 0,
                "LIDT of a non-canonical base");
    check_equal(sidt().base, (uint64_t)trap_gates, "a refused LIDT changes nothing");
}

static uint16_t cell;

static void check_selectors(void)
{
    uint64_t rax = 0x1122334455667788;

    __asm__ volatile("str %w0" : "+r"(rax));
    check_equal(rax, 0x1122334455660000 | SELECTOR_TSS, "STR of 16 bits");
    __asm__ volatile("str %k0" : "+r"(rax));
    check_equal(rax, SELECTOR_TSS, "STR of 32 bits clears the rest");
    __asm__ volatile("str %0" : "=m"(cell));
    check_equal(cell, SELECTOR_TSS, "STR to memory");
    __asm__ volatile("sldt %%r12w\nmov %%r12, %0" : "=r"(rax) : : "r12");
    check_equal(rax & 0xffff, SELECTOR_LDT, "SLDT to R12");
    __asm__ volatile("lldt %w0" : : "r"(0));
    __asm__ volatile("sldt %0" : "=m"(cell));
    check_equal(cell, 0, "LLDT of a null selector");
    cell = SELECTOR_LDT;
    __asm__ volatile("lldt %0" : : "m"(cell));
    __asm__ volatile("sldt %w0" : "=r"(rax));
    check_equal(rax & 0xffff, SELECTOR_LDT, "LLDT from memory");
}

static void check_task_register(void)
{
    uint64_t busy = 1ull << 41;
    uint16_t selector;

    check(segments_gdt[SELECTOR_TSS / 8] & busy, "LTR has made the TSS busy");
    check_fault(TRY("ltr %w0", (), ("r"(SELECTOR_TSS)), ()), EXCEPTION_GP, SELECTOR_TSS,
                "LTR of a busy TSS");
    segments_load_tss(SELECTOR_SMALL_TSS);
    __asm__ volatile("str %0" : "=r"(selector));
    check_equal(selector, SELECTOR_SMALL_TSS, "LTR takes another TSS");
    check(segments_gdt[SELECTOR_SMALL_TSS / 8] & busy, "LTR makes it busy");
    segments_load_tss(SELECTOR_TSS);
}

static void check_selector_faults(void)
{
    check_fault(TRY("ltr %w0", (), ("r"(0)), ()), EXCEPTION_GP, 0, "LTR of a null selector");
    check_fault(TRY("ltr %w0", (), ("r"(SELECTOR_DATA)), ()), EXCEPTION_GP, SELECTOR_DATA,
                "LTR of a data segment");
    check_fault(TRY("ltr %w0", (), ("r"(0x4000)), ()), EXCEPTION_GP, 0x4000,
                "LTR of a selector beyond the GDT");
    check_fault(TRY("lldt %w0", (), ("r"(SELECTOR_CODE64)), ()), EXCEPTION_GP, SELECTOR_CODE64,
                "LLDT of a code segment");
    check_fault(TRY("lldt %w0", (), ("r"(SELECTOR_LDT | 4)), ()), EXCEPTION_GP, SELECTOR_LDT | 4,
                "LLDT of a selector in the LDT");
    segments_gdt[SELECTOR_LDT / 8] &= ~(1ull << 47);
    check_fault(TRY("lldt %w0", (), ("r"(SELECTOR_LDT)), ()), EXCEPTION_NP, SELECTOR_LDT,
                "LLDT of an absent LDT");
    segments_gdt[SELECTOR_LDT / 8] |= 1ull << 47;
    segments_gdt[SELECTOR_SMALL_TSS / 8] = 0x890000000067;
    segments_gdt[SELECTOR_SMALL_TSS / 8 + 1] = 0x80000000;
    check_fault(TRY("ltr %w0", (), ("r"(SELECTOR_SMALL_TSS)), ()), EXCEPTION_GP, SELECTOR_SMALL_TSS,
                "LTR of a TSS at a non-canonical base");
}

AT_USER(lgdt_at_user, "lgdt (%%rax)", (), ("a"(pages)), ())
AT_USER(lidt_at_user, "lidt (%%rax)", (), ("a"(pages)), ())
AT_USER(lldt_at_user, "lldt %%ax", (), ("a"(pages)), ())
AT_USER(ltr_at_user, "ltr %%ax", (), ("a"(pages)), ())
AT_USER(sgdt_at_user, "sgdt (%%rax)", (), ("a"(pages)), ())
AT_USER(str_at_user, "str (%%rax)", (), ("a"(pages)), ())

static void check_user(void)
{
    static const struct {
        uint64_t (*function)(void *);
        const char *name;
    } tries[] = { { lgdt_at_user, "LGDT" },
                  { lidt_at_user, "LIDT" },
                  { lldt_at_user, "LLDT" },
                  { ltr_at_user, "LTR" } };

    for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
        check_fault(try_at_user(tries[i].function), EXCEPTION_GP, 0, "%s at CPL 3", tries[i].name);
    }
    check_clean(try_at_user(sgdt_at_user), "SGDT at CPL 3");
    check_clean(try_at_user(str_at_user), "STR at CPL 3");
}

void check_tables(void)
{
    check_pseudo_descriptors();
    check_pseudo_descriptor_faults();
    check_selectors();
    check_task_register();
    check_selector_faults();
    check_user();
}
