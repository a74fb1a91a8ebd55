/* SPDX-License-Identifier: MIT */
/*
 * The guest's time-stamp counter: the processor's own until the guest writes it, from then on at an
 * offset from it. The stamps of the trace go on as before. SDM: "Time-Stamp Counter Adjustment".
 */
#ifndef VMX_GUEST_TSC_H
#define VMX_GUEST_TSC_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/msr.h"
#include "vmx/vcpu.h"

/* What RDTSC gives the guest now. */
uint64_t guest_tsc(const struct vcpu *vcpu);

/* Whether the register holds the counter, or a distance from it. */
static inline bool guest_tsc_owns(uint32_t msr)
{
    return msr == MSR_IA32_TIME_STAMP_COUNTER || msr == MSR_IA32_TSC_ADJUST ||
           msr == MSR_IA32_TSC_DEADLINE;
}

/* RDMSR and WRMSR of such a register; false where it would be #GP. */
bool guest_tsc_read(const struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool guest_tsc_write(struct vcpu *vcpu, uint32_t msr, uint64_t value);

#endif
