/* SPDX-License-Identifier: MIT */
/*
 * The operands of an instruction that exited: the VM-exit instruction-information field and, for
 * what it does not say, the prefixes. SDM "Information for VM Exits Due to Instruction Execution".
 */
#ifndef VMX_INSTRUCTION_INFO_H
#define VMX_INSTRUCTION_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/guest_mode.h"
#include "vmx/vcpu.h"

/* Bits 6:3: the register operand of LLDT ..., RDRAND, RDSEED. */
static inline unsigned info_register1(uint64_t info)
{
    return info >> 3 & 15;
}

/* Bits 31:28: the register operand of INVPCID. */
static inline unsigned info_register2(uint64_t info)
{
    return info >> 28 & 15;
}

/* Bits 29:28: which of the four GDTR/IDTR or LDTR/TR instructions it was. */
static inline unsigned info_identity(uint64_t info)
{
    return info >> 28 & 3;
}

/* Bit 10: the operand is info_register1, not memory. */
static inline bool info_is_register(uint64_t info)
{
    return info >> 10 & 1;
}

/* Bits 9:7, in bytes: 2, 4 or 8. */
static inline unsigned info_address_size(uint64_t info)
{
    return 2u << (info >> 7 & 3);
}

/* Bits 17:15. */
static inline enum segment info_segment(uint64_t info)
{
    return (enum segment)(info >> 15 & 7);
}

/*
 * operand_offset - the offset of a memory operand within its segment; displacement is the exit
 * qualification, which holds the instruction pointer too where the address is relative to it.
 */
uint64_t operand_offset(const struct vcpu *vcpu, uint64_t info, uint64_t displacement);

/*
 * operand_size - 2, 4 or 8 bytes, from the code segment and the prefixes of the instruction that
 * exited. Used where the information field has no such bits, and where Bochs 2.7 fills them
 * wrongly: LGDT and LIDT always say 16 bits, RDRAND and RDSEED give the address size.
 */
unsigned operand_size(const struct vcpu *vcpu);

#endif
