/* SPDX-License-Identifier: MIT */
/*
 * The VMX-preemption timer, by which the VMM sends its trace while the guest does not exit, and
 * notices a guest that never will again.
 */
#include "vmm/trace_out.h"
#include "vmx/exits.h"
#include "vmx/intercept.h"
#include "vmx/vmcs.h"

enum { OWNER_VMM = 1 };

/*
 * A CPU that halts with interrupts disabled waits for an NMI at most: that is how kernels stop. Twice
 * at the same place, a second apart, is taken for the end.
 */
static bool halted_for_good(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;
    bool before = state->halted && state->halted_rip == vcpu->element->rip;

    state->halted = vmread(VMCS_GUEST_ACTIVITY_STATE) == ACTIVITY_HLT &&
                    !(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF);
    state->halted_rip = vcpu->element->rip;
    return before && state->halted;
}

enum verdict exit_preemption_timer(struct vcpu *vcpu)
{
    bool beat = trace_out_beats();

    TRACE_VMEXIT(vcpu, 1, OWNER_VMM);
    TRACE_VMEXIT(vcpu, 2, trace_tick(vcpu));
    if (!beat || !halted_for_good(vcpu))
        return RESUME;
    vcpu_stop(vcpu, 0, "the guest halted with interrupts disabled, before RIP %#lx",
              vcpu->element->rip);
    return STOP;
}
