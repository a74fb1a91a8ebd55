/* SPDX-License-Identifier: MIT */
/* Descriptors in the guest's GDT and LDT. SDM: "Segment Descriptors", "System Descriptor Types". */
#ifndef VMX_DESCRIPTOR_H
#define VMX_DESCRIPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/guest_memory.h"
#include "vmx/vcpu.h"

enum {
    SELECTOR_RPL = 3,
    SELECTOR_LDT = 4, /* TI: the selector is of the LDT */
    SELECTOR_INDEX = 0xfff8,
    DESCRIPTOR_BYTES = 8,
    SYSTEM_DESCRIPTOR_BYTES = 16, /* LDT and TSS in IA-32e mode */
    TYPE_BUSY = 1u << 1,          /* in the type of a TSS */
};

/* A descriptor as it is in memory; high is 0 but for system descriptors in IA-32e mode. */
struct descriptor {
    uint64_t low, high;
    uint64_t linear; /* where it is */
};

static inline uint64_t descriptor_base(const struct descriptor *d)
{
    return (d->low >> 16 & 0xffffff) | (d->low >> 56 & 0xff) << 24 | d->high << 32;
}

/* In bytes, less 1. */
static inline uint32_t descriptor_limit(const struct descriptor *d)
{
    uint32_t limit = (uint32_t)((d->low & 0xffff) | (d->low >> 32 & 0xf0000));

    return d->low >> 55 & 1 ? limit << 12 | 0xfff : limit;
}

/* Bits 15:0 of the VMCS's format of access rights. */
static inline uint32_t descriptor_access_rights(const struct descriptor *d)
{
    return (uint32_t)(d->low >> 40) & 0xf0ff;
}

/*
 * descriptor_read - the descriptor that a selector names, size bytes of it (8 or 16). False with
 * the fault: vector_beyond (#GP or #TS) with the selector where it is beyond the table's limit.
 */
bool descriptor_read(const struct vcpu *vcpu, uint16_t selector, size_t size,
                     unsigned vector_beyond, struct descriptor *d, struct guest_fault *fault);

/* descriptor_set_type_bit - sets or clears a type bit (accessed, busy) in memory and in *d. */
bool descriptor_set_type_bit(const struct vcpu *vcpu, struct descriptor *d, uint64_t bit, bool on,
                             struct guest_fault *fault);

/* A fault with the selector as error code; returns false. */
bool selector_fault(struct guest_fault *fault, unsigned vector, uint16_t selector);

#endif
