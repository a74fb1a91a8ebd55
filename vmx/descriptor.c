/* SPDX-License-Identifier: MIT */
/* Descriptors in the guest's GDT and LDT. */
#include "vmx/descriptor.h"

enum { TYPE_BYTE = 5, TYPE_BYTE_SHIFT = 40 };

bool selector_fault(struct guest_fault *fault, unsigned vector, uint16_t selector)
{
    *fault = (struct guest_fault){
        .vector = (uint8_t)vector,
        .error_code = selector & ~(uint32_t)SELECTOR_RPL,
    };
    return false;
}

bool descriptor_read(const struct vcpu *vcpu, uint16_t selector, size_t size,
                     unsigned vector_beyond, struct descriptor *d, struct guest_fault *fault)
{
    bool local = selector & SELECTOR_LDT;
    uint64_t base = vmread(local ? VMCS_GUEST_LDTR_BASE : VMCS_GUEST_GDTR_BASE);
    uint64_t limit = vmread(local ? VMCS_GUEST_LDTR_LIMIT : VMCS_GUEST_GDTR_LIMIT);
    uint64_t offset = selector & SELECTOR_INDEX;
    uint64_t words[2] = { 0, 0 };

    if (offset + size - 1 > limit ||
        (local && (vmread(VMCS_GUEST_LDTR_ACCESS_RIGHTS) & ACCESS_RIGHTS_UNUSABLE)))
        return selector_fault(fault, vector_beyond, selector);
    d->linear = base + offset;
    if (!guest_linear_read(vcpu, d->linear, words, size, GUEST_SYSTEM, fault))
        return false;
    d->low = words[0];
    d->high = words[1];
    return true;
}

bool descriptor_set_type_bit(const struct vcpu *vcpu, struct descriptor *d, uint64_t bit, bool on,
                             struct guest_fault *fault)
{
    uint64_t mask = bit << TYPE_BYTE_SHIFT;
    uint8_t byte;

    d->low = on ? d->low | mask : d->low & ~mask;
    byte = (uint8_t)(d->low >> TYPE_BYTE_SHIFT);
    return guest_linear_write(vcpu, d->linear + TYPE_BYTE, &byte, sizeof(byte), GUEST_SYSTEM,
                              fault);
}
