/* SPDX-License-Identifier: MIT */
/* The interrupt controllers and timers of a PC. */
#include "guest/interrupts.h"

#include <stddef.h>

#include "vmm/string.h"

/* Intel, "8259A Programmable Interrupt Controller". */
enum {
    PIC1_COMMAND = 0x20,
    PIC1_DATA = 0x21,
    PIC2_COMMAND = 0xa0,
    PIC2_DATA = 0xa1,
    PIC_INIT = 0x11,
    PIC_8086 = 0x01,
    PIC_EOI = 0x20,
    PIC_ALL = 0xff,
    PIC_ALL_BUT_TIMER = 0xfe,
};

/* Intel, "8254 Programmable Interval Timer". */
enum { PIT_COUNTER0 = 0x40, PIT_CONTROL = 0x43, PIT_ONE_SHOT = 0x30 };

/* SDM "Local APIC Register Address Map". */
enum {
    APIC_ID = 0x20,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_IRR = 0x200,
    APIC_ICR_LOW = 0x300,
    APIC_ICR_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_DIVIDE = 0x3e0,

    APIC_ENABLE = 0x100,
    ICR_SELF = 1 << 18,
    ICR_NMI = 4 << 8,
    ICR_ASSERT = 1 << 14,
    DIVIDE_BY_16 = 3,
};

volatile struct interrupts_seen interrupts_seen;

static volatile uint32_t *apic(unsigned offset)
{
    return (volatile uint32_t *)(0xfee00000ul + offset);
}

static void on_timer(struct trap_frame *frame)
{
    interrupts_seen.timer++;
    interrupts_seen.rip = frame->rip;
    outb(PIC1_COMMAND, PIC_EOI);
}

static void on_apic_timer(struct trap_frame *frame)
{
    interrupts_seen.apic_timer++;
    interrupts_seen.rip = frame->rip;
    *apic(APIC_EOI) = 0;
}

static void on_self(struct trap_frame *frame)
{
    interrupts_seen.self++;
    interrupts_seen.rip = frame->rip;
    *apic(APIC_EOI) = 0;
}

static void on_nmi(struct trap_frame *frame)
{
    interrupts_seen.nmi++;
    interrupts_seen.rip = frame->rip;
}

static void on_spurious(struct trap_frame *frame)
{
    (void)frame;
}

void interrupts_init(void)
{
    outb(PIC1_COMMAND, PIC_INIT);
    outb(PIC2_COMMAND, PIC_INIT);
    outb(PIC1_DATA, VECTOR_TIMER);
    outb(PIC2_DATA, VECTOR_TIMER + 8);
    outb(PIC1_DATA, 1 << 2);
    outb(PIC2_DATA, 2);
    outb(PIC1_DATA, PIC_8086);
    outb(PIC2_DATA, PIC_8086);
    interrupts_stop_timer();
    *apic(APIC_SPURIOUS) = APIC_ENABLE | VECTOR_SPURIOUS;
    *apic(APIC_TIMER_DIVIDE) = DIVIDE_BY_16;
    *apic(APIC_LVT_TIMER) = VECTOR_APIC_TIMER;
    trap_handle(VECTOR_TIMER, on_timer);
    trap_handle(VECTOR_APIC_TIMER, on_apic_timer);
    trap_handle(VECTOR_SELF, on_self);
    trap_handle(VECTOR_SPURIOUS, on_spurious);
    trap_handle(EXCEPTION_NMI, on_nmi);
}

void interrupts_reset_counts(void)
{
    memset((void *)&interrupts_seen, 0, sizeof(interrupts_seen));
}

/* In mode 0 the output falls with the control word and rises, once, at the end of the count. */
void interrupts_start_timer(uint16_t count)
{
    outb(PIT_CONTROL, PIT_ONE_SHOT);
    outb(PIC1_DATA, PIC_ALL_BUT_TIMER);
    outb(PIT_COUNTER0, (uint8_t)count);
    outb(PIT_COUNTER0, (uint8_t)(count >> 8));
}

void interrupts_stop_timer(void)
{
    outb(PIT_CONTROL, PIT_ONE_SHOT);
    outb(PIC1_DATA, PIC_ALL);
    outb(PIC2_DATA, PIC_ALL);
}

void interrupts_start_apic_timer(uint32_t count)
{
    *apic(APIC_TIMER_INITIAL) = count;
}

void interrupts_send_self(void)
{
    *apic(APIC_ICR_LOW) = ICR_SELF | ICR_ASSERT | VECTOR_SELF;
}

void interrupts_send_nmi(void)
{
    *apic(APIC_ICR_HIGH) = *apic(APIC_ID);
    *apic(APIC_ICR_LOW) = ICR_ASSERT | ICR_NMI;
}

bool interrupts_self_pending(void)
{
    return *apic(APIC_IRR + (VECTOR_SELF / 32) * 16) & 1u << VECTOR_SELF % 32;
}
