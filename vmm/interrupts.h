/* SPDX-License-Identifier: MIT */
/* The VMM's own descriptor tables, and what happens when an event arrives in VMX root operation. */
#ifndef VMM_INTERRUPTS_H
#define VMM_INTERRUPTS_H

#include <stdint.h>

struct vcpu;

enum vmm_selector { SELECTOR_CODE = 0x08, SELECTOR_DATA = 0x10, SELECTOR_TSS = 0x18 };

/* Loads GDT, TSS and the IDT of 256 gates. Interrupts stay disabled. */
void interrupts_init(void);

/* From now on an NMI that arrives while the VMM runs is that vCPU's. In VMX root operation. */
void interrupts_give_nmis_to(struct vcpu *vcpu);

/* Linear addresses for the host-state area of the VMCS. */
uint64_t interrupts_gdt_base(void);
uint64_t interrupts_idt_base(void);
uint64_t interrupts_tss_base(void);

/*
 * Takes one pending external interrupt of the guest's devices in root operation, as the CPU would
 * have delivered it. Returns its vector (0-255), or -1 if none is pending. The guest ends it (EOI)
 * when the vector has been injected.
 */
int take_interrupt(void);

#endif
