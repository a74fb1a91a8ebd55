/* SPDX-License-Identifier: MIT */
/*
 * Address line 20 stays open. VMX operation demands it (SDM "Restrictions on VMX Operation"), and a
 * machine that masks it all the same, as emulators do, masks it in the VMM's addresses, too.
 */
#ifndef VMX_A20_H
#define VMX_A20_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/vcpu.h"

/* What of the guest's value is to be written to the port, size bytes: the line is kept open. */
uint32_t a20_open(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value);

/* Before that: whether a byte for the keyboard controller's data port goes to its output port. */
bool a20_output_port_next(const struct vcpu *vcpu);

#endif
