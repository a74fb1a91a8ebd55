/* SPDX-License-Identifier: MIT */
/* The entry stub as a C function. */
#ifndef VMX_ENTRY_H
#define VMX_ENTRY_H

#include <stdbool.h>

#include "vmx/inject.h"
#include "vmx/intercept.h"
#include "vmx/vcpu.h"

/* Where VM exits arrive: the host RIP of the VMCS. */
extern const char vmx_exit[];

/*
 * Enters the guest and returns at its next exit; *vcpu comes back as it was, by way of the stack.
 * False where VM entry failed before the guest's state was loaded; VMCS_INSTRUCTION_ERROR then says
 * why. SDM: "VM Entries", "VM Exits".
 */
static inline bool vmx_enter(struct vcpu **vcpu)
{
    struct vcpu *held = *vcpu;
    bool failed;

    if (__builtin_expect(held->intercepts->state.nmi_pending, false))
        inject_nmi_when_possible(held);
    asm volatile("call vmx_entry"
                 : "=@ccc"(failed), "+D"(held)
                 :
                 : "rax", "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
                   "r14", "r15", "memory");
    *vcpu = held;
    return !failed;
}

#endif
