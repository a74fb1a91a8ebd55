/* SPDX-License-Identifier: MIT */
/* RDRAND and RDSEED, executed on the guest's behalf. SDM: "Instruction Information for RDRAND". */
#include <stdbool.h>

#include "vmx/exits.h"
#include "vmx/inject.h"
#include "vmx/instruction_info.h"
#include "vmx/registers.h"

/* Both clear the arithmetic flags but CF, which tells whether the value is good. */
enum { FLAGS_WRITTEN = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF };

static enum verdict give_random(struct vcpu *vcpu, uint64_t value, bool good)
{
    unsigned target = info_register1(vmread(VMCS_EXIT_INSTRUCTION_INFORMATION));
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS) & ~(uint64_t)FLAGS_WRITTEN;

    if (!good)
        value = 0;
    TRACE_VMEXIT(vcpu, 1, target);
    TRACE_VMEXIT(vcpu, 2, truncate(value, operand_size(vcpu)));
    TRACE_VMEXIT(vcpu, 3, good);
    reg_write(vcpu, target, operand_size(vcpu), value);
    vmwrite(VMCS_GUEST_RFLAGS, rflags | (good ? RFLAGS_CF : 0));
    skip_instruction(vcpu);
    return RESUME;
}

enum verdict exit_rdrand(struct vcpu *vcpu)
{
    uint64_t value;
    bool good;

    __asm__ volatile("rdrand %[value]" : [value] "=r"(value), "=@ccc"(good));
    return give_random(vcpu, value, good);
}

enum verdict exit_rdseed(struct vcpu *vcpu)
{
    uint64_t value;
    bool good;

    __asm__ volatile("rdseed %[value]" : [value] "=r"(value), "=@ccc"(good));
    return give_random(vcpu, value, good);
}
