/* SPDX-License-Identifier: MIT */
/* Makes the processor forget guest translations. */
#include "vmx/flush.h"

#include "vmx/guest_mode.h"

static bool has(const struct vcpu *vcpu, uint64_t capability)
{
    return vcpu->intercepts->state.caps->ept_vpid & capability;
}

/* 0 where the control "enable VPID" is off. */
static uint16_t vpid(void)
{
    if (!(vmread(VMCS_SECONDARY_CONTROLS) & SECONDARY_ENABLE_VPID))
        return 0;
    return (uint16_t)vmread(VMCS_VPID);
}

void flush_guest(const struct vcpu *vcpu)
{
    if (!vpid())
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_SINGLE_CONTEXT) || !invvpid(INVVPID_SINGLE_CONTEXT, vpid(), 0))
        invvpid(INVVPID_ALL_CONTEXT, 0, 0);
}

void flush_guest_not_global(const struct vcpu *vcpu)
{
    if (!vpid())
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_RETAINING_GLOBALS) ||
        !invvpid(INVVPID_RETAINING_GLOBALS, vpid(), 0))
        flush_guest(vcpu);
}

void flush_guest_address(const struct vcpu *vcpu, uint64_t linear)
{
    if (!vpid() || !guest_canonical(linear)) /* not canonical: nothing is cached for it */
        return;
    if (!has(vcpu, VPID_CAP_INVVPID_ADDRESS) || !invvpid(INVVPID_ADDRESS, vpid(), linear))
        flush_guest(vcpu);
}
