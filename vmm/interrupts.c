/* SPDX-License-Identifier: MIT */
/* The VMM's own descriptor tables, and what happens when an event arrives in VMX root operation. */
#include "vmm/interrupts.h"

#include <stddef.h>

#include "vmm/panic.h"
#include "vmx/inject.h"
#include "vmx/x86.h"

enum { TRAP_STUB_SIZE = 16, GATE_INTERRUPT = 0x8e, TSS_AVAILABLE = 0x89 };

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3, io_map;
} __attribute__((packed));

extern const char trap_stubs[];
_Noreturn void interrupt_taken(int vector);
void trap(struct trap_frame *frame);

uint64_t interrupt_frame; /* take_interrupt() is waiting: its stack pointer */

static struct vcpu *nmi_receiver;
static struct gate idt[256] __attribute__((aligned(16)));
static struct tss tss __attribute__((aligned(16)));
static uint64_t gdt[5] __attribute__((aligned(16))) = {
    [SELECTOR_CODE / 8] = 0x00af9b000000ffff,
    [SELECTOR_DATA / 8] = 0x00cf93000000ffff,
};

uint64_t interrupts_gdt_base(void)
{
    return (uint64_t)gdt;
}

uint64_t interrupts_idt_base(void)
{
    return (uint64_t)idt;
}

uint64_t interrupts_tss_base(void)
{
    return (uint64_t)&tss;
}

static void load_tables(void)
{
    lgdt(&(struct descriptor_table){ sizeof(gdt) - 1, (uint64_t)gdt });
    lidt(&(struct descriptor_table){ sizeof(idt) - 1, (uint64_t)idt });
    asm volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:"
                 :
                 : "i"(SELECTOR_CODE)
                 : "rax", "memory");
    asm volatile("mov %0, %%ds\n\tmov %0, %%es\n\tmov %0, %%ss\n\tmov %1, %%fs\n\tmov %1, %%gs"
                 :
                 : "r"(SELECTOR_DATA), "r"(0));
    ltr(SELECTOR_TSS);
}

void interrupts_init(void)
{
    uint64_t base = (uint64_t)&tss, limit = sizeof(tss) - 1;

    for (unsigned i = 0; i < 256; i++) {
        uint64_t entry = (uint64_t)trap_stubs + (uint64_t)i * TRAP_STUB_SIZE;

        idt[i] = (struct gate){ (uint16_t)entry,         SELECTOR_CODE,           0, GATE_INTERRUPT,
                                (uint16_t)(entry >> 16), (uint32_t)(entry >> 32), 0 };
    }
    tss.io_map = sizeof(tss);
    gdt[SELECTOR_TSS / 8] =
        limit | (base & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 | (base >> 24 & 0xff) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
    load_tables();
}

void interrupts_give_nmis_to(struct vcpu *vcpu)
{
    nmi_receiver = vcpu;
}

/*
 * An NMI that arrives while the VMM runs is the guest's. The VMCS is told at once, so that the exit
 * path need not look for it. It cannot be the event of the next VM entry: what a handler makes of
 * that, or of the guest's blocking of events, may not go together with an NMI.
 */
static void forward_nmi(void)
{
    if (nmi_receiver)
        inject_nmi_when_possible(nmi_receiver);
}

static bool fix_up(struct trap_frame *frame)
{
    uint64_t resume = x86_fixup_find(frame->rip);

    if (!resume)
        return false;
    frame->rip = resume;
    return true;
}

void trap(struct trap_frame *frame)
{
    if (interrupt_frame && frame->vector != EXCEPTION_NMI)
        interrupt_taken((int)frame->vector);
    if (frame->vector == EXCEPTION_NMI)
        forward_nmi();
    else if (frame->vector != EXCEPTION_GP || !fix_up(frame))
        panic_trap(frame);
}
