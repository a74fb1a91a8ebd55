/* SPDX-License-Identifier: MIT */
/* Writes of control registers, for instructions other than MOV that make them. */
#ifndef VMX_EXIT_CR_H
#define VMX_EXIT_CR_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/vcpu.h"

/*
 * What MOV to CR0 or CR3 does, checks included. False, and nothing changed, where it would be #GP.
 * SDM: "MOV--Move to/from Control Registers".
 */
bool guest_write_cr0(struct vcpu *vcpu, uint64_t value);
bool guest_write_cr3(struct vcpu *vcpu, uint64_t value);

#endif
