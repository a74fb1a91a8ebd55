/* SPDX-License-Identifier: MIT */
/*
 * VMX and TDX instructions: the guest's processor has neither, so that they take #UD. VMCALL with vexit's
 * signature asks for a service (guest/vexit_call.h). SDM: "VMX Instruction Reference".
 */
#include "guest/vexit_call.h"
#include "vmm/trace_out.h"
#include "vmx/exits.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"

enum verdict exit_vmx_instruction(struct vcpu *vcpu)
{
    inject_ud(vcpu);
    return RESUME;
}

/* Without CR4.SMXE, which the guest cannot set on a processor without SMX, GETSEC takes #UD. */
enum verdict exit_getsec(struct vcpu *vcpu)
{
    TRACE_VMEXIT(vcpu, 1, (uint32_t)vcpu->reg[RAX]);
    if (vmread(VMCS_GUEST_CR4) & CR4_SMXE)
        inject_gp0(vcpu);
    else
        inject_ud(vcpu);
    return RESUME;
}

static void put_marker(struct vcpu *vcpu)
{
    const uint64_t value[4] = { vcpu->reg[RBX], vcpu->reg[RCX], vcpu->reg[RDX], vcpu->reg[RSI] };

    trace_marker(vcpu, value);
}

/* Performs one service. Returns what the guest gets in RAX. */
static uint64_t serve(struct vcpu *vcpu, unsigned function)
{
    switch (function) {
    case VEXIT_CALL_MARKER:
        put_marker(vcpu);
        return VEXIT_CALL_DONE;
    case VEXIT_CALL_TRACE_ON:
    case VEXIT_CALL_TRACE_OFF:
        trace_switch(vcpu, function == VEXIT_CALL_TRACE_ON);
        return VEXIT_CALL_DONE;
    case VEXIT_CALL_PUTC:
        trace_putc((char)vcpu->reg[RBX]);
        return VEXIT_CALL_DONE;
    default:
        return (uint64_t)VEXIT_CALL_UNKNOWN;
    }
}

enum verdict exit_vmcall(struct vcpu *vcpu)
{
    uint32_t call = (uint32_t)vcpu->reg[RAX];
    unsigned function = call & ~VEXIT_CALL_SIGNATURE_MASK;

    TRACE_VMEXIT(vcpu, 1, vcpu->reg[RAX]);
    TRACE_VMEXIT(vcpu, 2, vcpu->reg[RBX]);
    TRACE_VMEXIT(vcpu, 3, vcpu->reg[RCX]);
    if ((call & VEXIT_CALL_SIGNATURE_MASK) != VEXIT_CALL_SIGNATURE ||
        (function != VEXIT_CALL_MARKER && guest_cpl() != 0)) {
        inject_ud(vcpu);
        return RESUME;
    }
    if (function == VEXIT_CALL_STOP) {
        vcpu_stop(vcpu, (uint32_t)vcpu->reg[RBX], "the guest stopped with status %u",
                  (uint32_t)vcpu->reg[RBX]);
        return STOP;
    }
    vcpu->reg[RAX] = serve(vcpu, function);
    TRACE_VMEXIT(vcpu, 4, vcpu->reg[RAX]);
    skip_instruction(vcpu);
    return RESUME;
}
