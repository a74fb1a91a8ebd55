/* SPDX-License-Identifier: MIT */
/*
 * Reading the time-stamp and performance counters. The processor has checked CR4.TSD, CR4.PCE and
 * the privilege level before the exit. SDM: "Instructions That Cause VM Exits Conditionally".
 */
#include "vmx/exits.h"
#include "vmx/guest_tsc.h"
#include "vmx/inject.h"
#include "vmx/msr.h"
#include "vmx/x86.h"

static void return_in_edx_eax(struct vcpu *vcpu, uint64_t value)
{
    vcpu->reg[RAX] = (uint32_t)value;
    vcpu->reg[RDX] = value >> 32;
}

enum verdict exit_rdtsc(struct vcpu *vcpu)
{
    uint64_t tsc = guest_tsc(vcpu);

    TRACE_VMEXIT(vcpu, 1, tsc);
    return_in_edx_eax(vcpu, tsc);
    skip_instruction(vcpu);
    return RESUME;
}

enum verdict exit_rdtscp(struct vcpu *vcpu)
{
    uint64_t tsc = guest_tsc(vcpu);
    uint32_t aux = (uint32_t)rdmsr(MSR_IA32_TSC_AUX);

    TRACE_VMEXIT(vcpu, 1, tsc);
    TRACE_VMEXIT(vcpu, 2, aux);
    return_in_edx_eax(vcpu, tsc);
    vcpu->reg[RCX] = aux;
    skip_instruction(vcpu);
    return RESUME;
}

enum verdict exit_rdpmc(struct vcpu *vcpu)
{
    uint32_t counter = (uint32_t)vcpu->reg[RCX];
    uint64_t value;

    TRACE_VMEXIT(vcpu, 1, counter);
    if (!rdpmc_safe(counter, &value)) {
        inject_gp0(vcpu);
        return RESUME;
    }
    TRACE_VMEXIT(vcpu, 2, value);
    return_in_edx_eax(vcpu, value);
    skip_instruction(vcpu);
    return RESUME;
}
