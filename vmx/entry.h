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
 * Enters the guest and returns at its next exit, with the vcpu pointer. *entered is false where VM
 * entry failed before the guest's state was loaded; VMCS_INSTRUCTION_ERROR then says why.
 * SDM: "VM Entries", "VM Exits".
 */
static inline struct vcpu *vmx_enter(struct vcpu *vcpu, bool *entered)
{
    bool failed;

    if (__builtin_expect(vcpu->intercepts->state.nmi_pending, false))
        inject_nmi_when_possible(vcpu);
    asm volatile("call vmx_enter"
                 : "=@ccc"(failed), "+D"(vcpu)
                 :
                 : "rax", "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
                   "r14", "r15", "memory");
    *entered = !failed;
    return vcpu;
}

#endif
