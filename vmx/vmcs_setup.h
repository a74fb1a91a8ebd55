/* SPDX-License-Identifier: MIT */
/* Entering VMX operation, and the VMCS as it is before the first VM entry. */
#ifndef VMX_VMCS_SETUP_H
#define VMX_VMCS_SETUP_H

#include "vmm/loader/guest_image.h"
#include "vmm/refuse.h"
#include "vmx/capabilities.h"
#include "vmx/vcpu.h"

enum { GUEST_VPID = 1 };

/*
 * Sets the fixed bits of CR0 and CR4, enters VMX operation and makes an empty VMCS current.
 * SDM: "Enabling and Entering VMX Operation".
 */
bool vmx_start(const struct vmx_capabilities *caps, struct refusal *why);

/*
 * Fills every field of the current VMCS: controls from vcpu->intercepts and what the VMM always
 * needs, the host state of this CPU, the guest state of the boot protocol. SDM: "VMCS Layout".
 */
void vmcs_set_up(struct vcpu *vcpu, const struct vmx_capabilities *caps,
                 const struct guest_entry *entry);

#endif
