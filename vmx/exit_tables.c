/* SPDX-License-Identifier: MIT */
/*
 * LGDT, LIDT, SGDT, SIDT; LLDT, LTR, SLDT, STR. CPL and UMIP were checked before the exit.
 * SDM: "Information for VM Exits Due to Instruction Execution", tables for these instructions.
 */
#include "vmx/descriptor.h"
#include "vmx/exits.h"
#include "vmx/guest_memory.h"
#include "vmx/inject.h"
#include "vmx/instruction_info.h"
#include "vmx/registers.h"

/* The identities that instruction information gives. */
enum table_register { SGDT, SIDT, LGDT, LIDT };
enum segment_register { SLDT, STR, LLDT, LTR };

enum { POINTER_BYTES_32 = 6, POINTER_BYTES_64 = 10, BASE_24 = 0xffffff };

static enum vmcs_field base_field(unsigned identity)
{
    return identity & 1 ? VMCS_GUEST_IDTR_BASE : VMCS_GUEST_GDTR_BASE;
}

static enum vmcs_field limit_field(unsigned identity)
{
    return identity & 1 ? VMCS_GUEST_IDTR_LIMIT : VMCS_GUEST_GDTR_LIMIT;
}

static bool store_table(struct vcpu *vcpu, unsigned identity, enum segment segment, uint64_t offset,
                        size_t size)
{
    struct descriptor_table pointer = { (uint16_t)vmread(limit_field(identity)),
                                        vmread(base_field(identity)) };

    TRACE_VMEXIT(vcpu, 3, pointer.base);
    TRACE_VMEXIT(vcpu, 4, pointer.limit);
    return guest_write_operand(vcpu, segment, offset, &pointer, size);
}

static bool load_table(struct vcpu *vcpu, unsigned identity, enum segment segment, uint64_t offset,
                       size_t size)
{
    struct descriptor_table pointer = { 0, 0 };

    if (!guest_read_operand(vcpu, segment, offset, &pointer, size))
        return false;
    if (size == POINTER_BYTES_32 && operand_size(vcpu) == 2)
        pointer.base &= BASE_24;
    TRACE_VMEXIT(vcpu, 3, pointer.base);
    TRACE_VMEXIT(vcpu, 4, pointer.limit);
    if (!guest_canonical(pointer.base)) {
        inject_gp0(vcpu);
        return false;
    }
    vmwrite(base_field(identity), pointer.base);
    vmwrite(limit_field(identity), pointer.limit);
    return true;
}

enum verdict exit_gdtr_idtr(struct vcpu *vcpu)
{
    uint64_t info = vmread(VMCS_EXIT_INSTRUCTION_INFORMATION);
    unsigned identity = info_identity(info);
    enum segment segment = info_segment(info);
    uint64_t offset = operand_offset(vcpu, info, vcpu->element->qualification), linear;
    size_t size = guest_64bit() ? POINTER_BYTES_64 : POINTER_BYTES_32;
    struct guest_fault fault;
    bool done;

    TRACE_VMEXIT(vcpu, 1, identity);
    if (guest_segment(segment, offset, size, GUEST_READ, &linear, &fault))
        TRACE_VMEXIT(vcpu, 2, linear);
    if (identity == LGDT || identity == LIDT)
        done = load_table(vcpu, identity, segment, offset, size);
    else
        done = store_table(vcpu, identity, segment, offset, size);
    if (done)
        skip_instruction(vcpu);
    return RESUME;
}

static bool store_selector(struct vcpu *vcpu, uint64_t info, uint16_t selector)
{
    if (!info_is_register(info)) {
        uint64_t offset = operand_offset(vcpu, info, vcpu->element->qualification);

        return guest_write_operand(vcpu, info_segment(info), offset, &selector, sizeof(selector));
    }
    reg_write(vcpu, info_register1(info), operand_size(vcpu), selector);
    return true;
}

static bool load_selector(struct vcpu *vcpu, uint64_t info, uint16_t *selector)
{
    if (!info_is_register(info)) {
        uint64_t offset = operand_offset(vcpu, info, vcpu->element->qualification);

        return guest_read_operand(vcpu, info_segment(info), offset, selector, sizeof(*selector));
    }
    *selector = (uint16_t)reg_read(vcpu, info_register1(info), 2);
    return true;
}

static void set_segment(enum segment segment, uint16_t selector, const struct descriptor *d)
{
    vmwrite(segment_selector(segment), selector);
    vmwrite(segment_base(segment), descriptor_base(d));
    vmwrite(segment_limit(segment), descriptor_limit(d));
    vmwrite(segment_access_rights(segment), descriptor_access_rights(d));
}

static bool is_tss(uint32_t type)
{
    return type == 9 || (type == 1 && !guest_long_mode());
}

/* A system descriptor of the GDT, with the checks that LLDT and LTR share. */
static bool read_system(struct vcpu *vcpu, uint16_t selector, bool task, struct descriptor *d,
                        struct guest_fault *fault)
{
    const uint32_t kind = ACCESS_RIGHTS_TYPE_MASK | ACCESS_RIGHTS_CODE_OR_DATA;
    size_t size = guest_long_mode() ? SYSTEM_DESCRIPTOR_BYTES : DESCRIPTOR_BYTES;
    uint32_t rights;

    if (selector & SELECTOR_LDT)
        return selector_fault(fault, EXCEPTION_GP, selector);
    if (!descriptor_read(vcpu, selector, size, EXCEPTION_GP, d, fault))
        return false;
    rights = descriptor_access_rights(d);
    if (task ? !is_tss(rights & kind) : (rights & kind) != ACCESS_RIGHTS_TYPE_LDT)
        return selector_fault(fault, EXCEPTION_GP, selector);
    if (!(rights & ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, EXCEPTION_NP, selector);
    if (!guest_canonical(descriptor_base(d)) || (d->high >> 40 & 0x1f))
        return selector_fault(fault, EXCEPTION_GP, selector);
    return true;
}

static bool load_ldtr(struct vcpu *vcpu, uint16_t selector, struct guest_fault *fault)
{
    struct descriptor d;

    if (!(selector & ~SELECTOR_RPL)) { /* no LDT */
        vmwrite(VMCS_GUEST_LDTR_SELECTOR, selector);
        vmwrite(VMCS_GUEST_LDTR_ACCESS_RIGHTS, ACCESS_RIGHTS_UNUSABLE);
        return true;
    }
    if (!read_system(vcpu, selector, false, &d, fault))
        return false;
    set_segment(SEGMENT_LDTR, selector, &d);
    TRACE_VMEXIT(vcpu, 3, descriptor_base(&d));
    return true;
}

static bool load_tr(struct vcpu *vcpu, uint16_t selector, struct guest_fault *fault)
{
    struct descriptor d;

    if (!(selector & ~SELECTOR_RPL))
        return selector_fault(fault, EXCEPTION_GP, 0);
    if (!read_system(vcpu, selector, true, &d, fault) ||
        !descriptor_set_type_bit(vcpu, &d, TYPE_BUSY, true, fault))
        return false;
    set_segment(SEGMENT_TR, selector, &d);
    TRACE_VMEXIT(vcpu, 3, descriptor_base(&d));
    return true;
}

static bool load(struct vcpu *vcpu, unsigned identity, uint16_t selector)
{
    struct guest_fault fault;

    if (identity == LLDT ? load_ldtr(vcpu, selector, &fault) : load_tr(vcpu, selector, &fault))
        return true;
    inject_fault(vcpu, &fault);
    return false;
}

enum verdict exit_ldtr_tr(struct vcpu *vcpu)
{
    uint64_t info = vmread(VMCS_EXIT_INSTRUCTION_INFORMATION);
    unsigned identity = info_identity(info);
    uint16_t selector;
    bool done;

    TRACE_VMEXIT(vcpu, 1, identity);
    if (identity == SLDT || identity == STR) {
        enum segment segment = identity == SLDT ? SEGMENT_LDTR : SEGMENT_TR;

        selector = (uint16_t)vmread(segment_selector(segment));
        TRACE_VMEXIT(vcpu, 2, selector);
        TRACE_VMEXIT(vcpu, 3, vmread(segment_base(segment)));
        done = store_selector(vcpu, info, selector);
    } else {
        done = load_selector(vcpu, info, &selector);
        if (done) {
            TRACE_VMEXIT(vcpu, 2, selector);
            done = load(vcpu, identity, selector);
        }
    }
    if (done)
        skip_instruction(vcpu);
    return RESUME;
}
