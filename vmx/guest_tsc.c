/* SPDX-License-Identifier: MIT */
/* The guest's time-stamp counter. */
#include "vmx/guest_tsc.h"

#include "vmx/intercept.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

uint64_t guest_tsc(const struct vcpu *vcpu)
{
    return rdtsc() + vcpu->intercepts->state.tsc_offset;
}

/* A deadline of 0 is none. */
bool guest_tsc_read(const struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    if (!rdmsr_safe(msr, value))
        return false;
    if (msr != MSR_IA32_TSC_DEADLINE || *value)
        *value += vcpu->intercepts->state.tsc_offset;
    return true;
}

/* The counter and its adjustment move together, so that either tells the new offset. */
bool guest_tsc_write(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint64_t *offset = &vcpu->intercepts->state.tsc_offset, now;

    if (msr == MSR_IA32_TSC_DEADLINE)
        return wrmsr_safe(msr, value ? value - *offset : 0);
    if (!rdmsr_safe(msr, &now))
        return false;
    *offset = value - now;
    vmwrite(VMCS_TSC_OFFSET, *offset);
    intercept_tsc(vcpu->intercepts);
    return true;
}
