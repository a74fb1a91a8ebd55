/* SPDX-License-Identifier: MIT */
/* The operands of an instruction that exited. */
#include "vmx/instruction_info.h"

#include "vmx/guest_memory.h"
#include "vmx/registers.h"

enum { INSTRUCTION_MAX = 15, PREFIX_OPERAND_SIZE = 0x66, REX = 0x40, REX_MASK = 0xf0, REX_W = 8 };

uint64_t operand_offset(const struct vcpu *vcpu, uint64_t info, uint64_t displacement)
{
    uint64_t offset = displacement;

    if (!(info >> 27 & 1))
        offset += reg_read(vcpu, info >> 23 & 15, 8);
    if (!(info >> 22 & 1))
        offset += reg_read(vcpu, info >> 18 & 15, 8) << (info & 3);
    return truncate(offset, info_address_size(info));
}

static bool legacy_prefix(uint8_t byte)
{
    switch (byte) {
    case 0x26: /* segments */
    case 0x2e:
    case 0x36:
    case 0x3e:
    case 0x64:
    case 0x65:
    case PREFIX_OPERAND_SIZE:
    case 0x67: /* address size */
    case 0xf0: /* LOCK */
    case 0xf2: /* REP */
    case 0xf3:
        return true;
    default:
        return false;
    }
}

unsigned operand_size(const struct vcpu *vcpu)
{
    uint8_t byte[INSTRUCTION_MAX] = { 0 };
    uint64_t code = vmread(VMCS_GUEST_CS_ACCESS_RIGHTS);
    bool code64 = guest_64bit(), prefixed = false;
    unsigned size = code64 || (code & ACCESS_RIGHTS_DB) ? 4 : 2, i = 0;
    unsigned length = (unsigned)vmread(VMCS_EXIT_INSTRUCTION_LENGTH);

    guest_fetch(vcpu, byte, length < INSTRUCTION_MAX ? length : INSTRUCTION_MAX);
    for (; i < INSTRUCTION_MAX - 1 && legacy_prefix(byte[i]); i++)
        prefixed |= byte[i] == PREFIX_OPERAND_SIZE;
    if (code64 && (byte[i] & REX_MASK) == REX && (byte[i] & REX_W))
        return 8;
    return prefixed ? 6 - size : size;
}
