/* SPDX-License-Identifier: MIT */
/* XSETBV, and XSAVES and XRSTORS with supervisor state. */
#include "vmx/exits.h"
#include "vmx/inject.h"
#include "vmx/registers.h"
#include "vmx/sanitize.h"
#include "vmx/vmcs.h"

/*
 * XCR0 is the guest's at all times: the VMM has no use for extended state. So the processor itself
 * judges the value. XSETBV needs CR4.OSXSAVE in root operation as well; vmx_start() sets it.
 */
enum verdict exit_xsetbv(struct vcpu *vcpu)
{
    uint32_t xcr = (uint32_t)vcpu->reg[RCX];
    uint64_t value = vcpu->reg[RDX] << 32 | truncate(vcpu->reg[RAX], 4);

    TRACE_VMEXIT(vcpu, 1, xcr);
    TRACE_VMEXIT(vcpu, 2, value);
    if (!sanitize_privilege() && xsetbv_safe(xcr, value)) {
        skip_instruction(vcpu);
    } else {
        TRACE_VMEXIT(vcpu, 3, EXCEPTION_GP);
        inject_gp0(vcpu);
    }
    return RESUME;
}

/*
 * The state that these instructions move is the guest's own registers, which only the guest's own
 * execution moves as it should: the exit is recorded once, then they run without exits.
 */
enum verdict exit_xsaves(struct vcpu *vcpu)
{
    (void)vcpu;
    vmwrite(VMCS_XSS_EXITING_BITMAP, 0);
    retry_instruction(false);
    return RESUME;
}
