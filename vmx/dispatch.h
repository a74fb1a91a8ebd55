/* SPDX-License-Identifier: MIT */
/* From an exit reason to its handler. */
#ifndef VMX_DISPATCH_H
#define VMX_DISPATCH_H

#include "vmx/vcpu.h"

/* Handles the exit in vcpu->element; reason is the full 32-bit exit reason. */
enum verdict dispatch(struct vcpu *vcpu, uint32_t reason);

#endif
