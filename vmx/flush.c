/* SPDX-License-Identifier: MIT */
/* Makes the processor forget guest translations. */
#include "vmx/flush.h"

#include "vmx/ept.h"
#include "vmx/guest_mode.h"
#include "vmx/intercept.h"
#include "vmx/msr.h"
#include "vmx/vmcs_setup.h"

static bool has(const struct vcpu *vcpu, uint64_t capability)
{
    return vcpu->intercepts->state.caps->ept_vpid & capability;
}

static bool uses_vpid(const struct vcpu *vcpu)
{
    return capabilities_has_vpid(vcpu->intercepts->state.caps);
}

void flush_guest(const struct vcpu *vcpu)
{
    if (!uses_vpid(vcpu))
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_SINGLE_CONTEXT) ||
        !invvpid(INVVPID_SINGLE_CONTEXT, GUEST_VPID, 0))
        invvpid(INVVPID_ALL_CONTEXT, 0, 0);
}

void flush_guest_not_global(const struct vcpu *vcpu)
{
    if (!uses_vpid(vcpu))
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_RETAINING_GLOBALS) ||
        !invvpid(INVVPID_RETAINING_GLOBALS, GUEST_VPID, 0))
        flush_guest(vcpu);
}

void flush_guest_address(const struct vcpu *vcpu, uint64_t linear)
{
    if (!uses_vpid(vcpu) || !guest_canonical(linear)) /* not canonical: nothing is cached for it */
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_ADDRESS) || !invvpid(INVVPID_ADDRESS, GUEST_VPID, linear))
        flush_guest(vcpu);
}
