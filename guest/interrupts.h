/* SPDX-License-Identifier: MIT */
/* The interrupt controllers and timers of a PC: 8259A, 8254, local APIC. */
#ifndef GUEST_INTERRUPTS_H
#define GUEST_INTERRUPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/trap.h"

enum {
    VECTOR_TIMER = 0x20, /* IRQ 0 */
    VECTOR_APIC_TIMER = 0x40,
    VECTOR_SELF = 0x41, /* interrupts sent to oneself */
    VECTOR_SPURIOUS = 0xff,
};

/* Sends the PICs' lines to vectors from 0x20 on, all masked, and enables the local APIC. */
void interrupts_init(void);

/* One interrupt from the 8254 after count periods of 838 ns. */
void interrupts_start_timer(uint16_t count);
void interrupts_stop_timer(void);

/* One interrupt from the local APIC's timer after count bus clocks times 16. */
void interrupts_start_apic_timer(uint32_t count);

/* Interrupt VECTOR_SELF, or an NMI, to this CPU. */
void interrupts_send_self(void);
void interrupts_send_nmi(void);

/* VECTOR_SELF is requested and not yet taken. */
bool interrupts_self_pending(void);

/* What arrived since interrupts_reset_counts, and where RIP was at the last. */
struct interrupts_seen {
    unsigned timer, apic_timer, self, nmi;
    uint64_t rip;
};

extern volatile struct interrupts_seen interrupts_seen;
void interrupts_reset_counts(void);

#endif
