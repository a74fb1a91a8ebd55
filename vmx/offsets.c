/* SPDX-License-Identifier: MIT */
/* What assembly needs to know of C: compiled to assembly text, from which build/offsets.h is made. */
#include <stddef.h>

#include "vmx/vcpu.h"
#include "vmx/vmcs.h"

#define OFFSET(name, type, member) VALUE(name, offsetof(type, member))
#define VALUE(name, value)         asm volatile("\n->" #name " %0" : : "i"(value))

void offsets(void);

void offsets(void)
{
    OFFSET(VCPU_RAX, struct vcpu, reg[RAX]);
    OFFSET(VCPU_RCX, struct vcpu, reg[RCX]);
    OFFSET(VCPU_RDX, struct vcpu, reg[RDX]);
    OFFSET(VCPU_RBX, struct vcpu, reg[RBX]);
    OFFSET(VCPU_RBP, struct vcpu, reg[RBP]);
    OFFSET(VCPU_RSI, struct vcpu, reg[RSI]);
    OFFSET(VCPU_RDI, struct vcpu, reg[RDI]);
    OFFSET(VCPU_R8, struct vcpu, reg[R8]);
    OFFSET(VCPU_R9, struct vcpu, reg[R9]);
    OFFSET(VCPU_R10, struct vcpu, reg[R10]);
    OFFSET(VCPU_R11, struct vcpu, reg[R11]);
    OFFSET(VCPU_R12, struct vcpu, reg[R12]);
    OFFSET(VCPU_R13, struct vcpu, reg[R13]);
    OFFSET(VCPU_R14, struct vcpu, reg[R14]);
    OFFSET(VCPU_R15, struct vcpu, reg[R15]);
    OFFSET(VCPU_LAUNCHED, struct vcpu, launched);
    VALUE(VMCS_HOST_RSP, VMCS_HOST_RSP);
}
