/* SPDX-License-Identifier: MIT */
/* The VMX-preemption timer, by which the VMM sends its trace while the guest does not exit. */
#include "vmm/trace_out.h"
#include "vmx/exits.h"

enum { OWNER_VMM = 1 };

enum verdict exit_preemption_timer(struct vcpu *vcpu)
{
    TRACE_VMEXIT(vcpu, 1, OWNER_VMM);
    TRACE_VMEXIT(vcpu, 2, drain_tick(vcpu));
    return RESUME;
}
