/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and NMIs: given to the guest as the processor would have done.
 * SDM: "Information for VM Exits Due to Vectored Events".
 */
#include "vmx/exits.h"
#include "vmx/hidden_memory.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"
#include "vmx/sanitize.h"

enum { REFLECTED = 0 };

/* The guest gets it as soon as it can take one: also where it is within an NMI handler now. */
static enum verdict nmi(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;

    sanitize_nmi_exit(state->nmi_given, &state->nmi_exit_blocks);
    redeliver(vcpu);
    inject_nmi_when_possible(vcpu);
    return RESUME;
}

static enum verdict hardware_exception(struct vcpu *vcpu, uint64_t info)
{
    unsigned vector = info & INTERRUPTION_VECTOR_MASK;
    int64_t error_code = NO_ERROR_CODE;

    if (vector == EXCEPTION_DB) {
        inject_debug(vcpu, vcpu->element->qualification);
        return RESUME;
    }
    if (info & INTERRUPTION_ERROR_CODE_VALID) {
        error_code = (int64_t)vmread(VMCS_EXIT_INTERRUPTION_ERROR_CODE);
        TRACE_VMEXIT(vcpu, 3, error_code);
    }
    if (vector == EXCEPTION_PF) {
        TRACE_VMEXIT(vcpu, 4, vcpu->element->qualification);
        write_cr2(vcpu->element->qualification);
    }
    return inject_combined(vcpu, vector, error_code);
}

enum verdict exit_exception_nmi(struct vcpu *vcpu)
{
    uint64_t info = vmread(VMCS_EXIT_INTERRUPTION_INFORMATION);

    TRACE_VMEXIT(vcpu, 1, info & INTERRUPTION_VECTOR_MASK);
    TRACE_VMEXIT(vcpu, 2, REFLECTED);
    switch (info & INTERRUPTION_TYPE_MASK) {
    case INTERRUPTION_TYPE_NMI:
        return nmi(vcpu);
    case INTERRUPTION_TYPE_SOFTWARE_EXCEPTION:
    case INTERRUPTION_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION:
        if ((info & INTERRUPTION_VECTOR_MASK) == EXCEPTION_DB) { /* INT1: DR6 stays as it is */
            uint64_t dr7 = vmread(VMCS_GUEST_DR7);

            vmwrite(VMCS_GUEST_DR7, dr7 & ~(uint64_t)DR7_GD);
        }
        inject_software(vcpu, info, vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
        return RESUME;
    default:
        return hardware_exception(vcpu, info);
    }
}

/* Asked for by inject_nmi_when_possible(), or by the step of hidden_memory.h. */
enum verdict exit_nmi_window(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;
    bool intercepted = vcpu->intercepts->pin & PIN_NMI_EXITING;

    control_set(VMCS_PRIMARY_CONTROLS, PRIMARY_NMI_WINDOW_EXITING, false);
    if (!intercepted)
        control_set(VMCS_PIN_BASED_CONTROLS, PIN_NMI_EXITING | PIN_VIRTUAL_NMIS, false);
    if (state->stepping)
        step_done(vcpu);
    if (state->nmi_pending)
        inject_nmi(vcpu);
    return RESUME;
}
