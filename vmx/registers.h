/* SPDX-License-Identifier: MIT */
/* The guest's general registers, RSP included, by number and operand size. */
#ifndef VMX_REGISTERS_H
#define VMX_REGISTERS_H

#include <stdint.h>

#include "vmx/vcpu.h"
#include "vmx/vmcs.h"

/* The low size bytes of value (1, 2, 4 or 8). */
static inline uint64_t truncate(uint64_t value, unsigned size)
{
    return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

/* reg_read - the low size bytes (1, 2, 4 or 8) of general register n (enum gpr), zero-extended. */
static inline uint64_t reg_read(const struct vcpu *vcpu, unsigned n, unsigned size)
{
    return truncate(n == RSP ? vmread(VMCS_GUEST_RSP) : vcpu->reg[n], size);
}

/*
 * reg_write - writes the low size bytes (1, 2, 4 or 8) of general register n. As in 64-bit mode, 4
 * bytes clear the upper half and fewer leave the rest alone (SDM "General-Purpose Registers").
 */
static inline void reg_write(struct vcpu *vcpu, unsigned n, unsigned size, uint64_t value)
{
    uint64_t kept = size < 4 ? reg_read(vcpu, n, 8) & ~truncate(~UINT64_C(0), size) : 0;

    value = kept | truncate(value, size);
    if (n == RSP)
        vmwrite(VMCS_GUEST_RSP, value);
    else
        vcpu->reg[n] = value;
}

#endif
