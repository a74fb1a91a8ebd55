/* SPDX-License-Identifier: MIT */
/* What CPUID tells the guest. */
#ifndef VMX_EXIT_CPUID_H
#define VMX_EXIT_CPUID_H

#include <stddef.h>
#include <stdint.h>

#include "vmx/exit_state.h"
#include "vmx/intercept.h"
#include "vmx/vcpu.h"
#include "vmx/x86.h"

/* cpuid_read_table - reads this CPU's answers into state->cpuid; state->caps is set. */
void cpuid_read_table(struct exit_state *state);

/* guest_cpuid - what the guest finds at that leaf, in its present state. */
struct cpuid guest_cpuid(const struct vcpu *vcpu, uint32_t leaf, uint32_t subleaf);

/*
 * cpuid_direct - the whole answer to a leaf that nothing changes, or NULL: exit_cpuid() finds the
 * answers to the others.
 */
static inline const union cpuid_row *cpuid_direct(const struct vcpu *vcpu)
{
    uint32_t leaf = (uint32_t)vcpu->reg[RAX];

    return leaf < CPUID_DIRECT ? vcpu->intercepts->state.cpuid.direct[leaf] : NULL;
}

/* cpuid_answer - puts a row into the guest's registers. */
static inline void cpuid_answer(struct vcpu *vcpu, const union cpuid_row *row)
{
    vcpu->reg[RAX] = row->reg.eax;
    vcpu->reg[RBX] = row->reg.ebx;
    vcpu->reg[RCX] = row->reg.ecx;
    vcpu->reg[RDX] = row->reg.edx;
}

#endif
