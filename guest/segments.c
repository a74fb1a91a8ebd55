/* SPDX-License-Identifier: MIT */
/* The guest's descriptor tables. */
#include "guest/segments.h"

#include <stddef.h>

#include "guest/tasks.h"
#include "vmm/string.h"
#include "vmx/x86.h"

struct tss segments_tss __attribute__((aligned(16)));
uint8_t segments_based_page[4096] __attribute__((aligned(4096)));

static uint8_t double_fault_stack[4096] __attribute__((aligned(16)));
static uint64_t local_table[2];

/* SDM "Segment Descriptors": flat code and data; the low word is the limit. */
uint64_t segments_gdt[SELECTOR_END / 8] __attribute__((aligned(16))) = {
    [SELECTOR_CODE64 / 8] = 0x00af9b000000ffff,      [SELECTOR_DATA / 8] = 0x00cf93000000ffff,
    [SELECTOR_CODE32 / 8] = 0x00cf9b000000ffff,      [SELECTOR_USER_DATA / 8] = 0x00cff3000000ffff,
    [SELECTOR_USER_CODE64 / 8] = 0x00affb000000ffff, [SELECTOR_USER_DATA2 / 8] = 0x00cff3000000ffff,
    [SELECTOR_ABSENT / 8] = 0x00cf13000000ffff,      [SELECTOR_CODE16 / 8] = 0x00009b000000ffff,
    [SELECTOR_DATA16 / 8] = 0x000093000000ffff,
};

enum { TYPE_DATA = 0x93, TYPE_LDT = 0x82, TYPE_TSS_AVAILABLE = 0x89 };

static uint64_t descriptor(uint64_t base, uint64_t limit, uint64_t type)
{
    return (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 | (limit >> 16 & 0xf) << 48 |
           (base >> 24 & 0xff) << 56;
}

static void set_system_segment(unsigned selector, const void *base, uint64_t limit, uint64_t type)
{
    segments_gdt[selector / 8] = descriptor((uint64_t)base, limit, type);
    segments_gdt[selector / 8 + 1] = (uint64_t)base >> 32;
}

void segments_load_tss(uint16_t selector)
{
    uint64_t limit =
        selector == SELECTOR_TSS ? sizeof(segments_tss) - 1 : offsetof(struct tss, ist[6]) - 1;

    set_system_segment(selector, &segments_tss, limit, TYPE_TSS_AVAILABLE);
    ltr(selector);
}

void segments_init(void)
{
    const struct descriptor_table gdt = { sizeof(segments_gdt) - 1, (uint64_t)segments_gdt };

    set_system_segment(SELECTOR_LDT, local_table, sizeof(local_table) - 1, TYPE_LDT);
    segments_gdt[SELECTOR_BASED_DATA / 8] =
        descriptor((uint64_t)segments_based_page, 0xfff, TYPE_DATA) | 1ull << 54;
    segments_gdt[SELECTOR_TASK_A / 8] =
        descriptor((uint64_t)tasks_a, TASK_BYTES - 1, TYPE_TSS_AVAILABLE);
    segments_gdt[SELECTOR_TASK_B / 8] =
        descriptor((uint64_t)tasks_b, TASK_BYTES - 1, TYPE_TSS_AVAILABLE);
    segments_tss.ist[0] = (uint64_t)(double_fault_stack + sizeof(double_fault_stack));
    segments_tss.io_map_base = offsetof(struct tss, io_map);
    memset(segments_tss.io_map, 0xff, sizeof(segments_tss.io_map));
    segments_tss.io_map_end = 0xff;

    lgdt(&gdt);
    __asm__ volatile(
        "pushq %[code]\n"
        "lea 1f(%%rip), %%rax\n"
        "push %%rax\n"
        "lretq\n"
        "1: mov %[data], %%ds\n"
        "mov %[data], %%es\n"
        "mov %[data], %%ss\n"
        "mov %[data], %%fs\n"
        "mov %[data], %%gs\n"
        "lldt %[ldt]"
        :
        : [code] "i"(SELECTOR_CODE64), [data] "r"(SELECTOR_DATA), [ldt] "r"((uint16_t)SELECTOR_LDT)
        : "rax", "memory");
    segments_load_tss(SELECTOR_TSS);
}
