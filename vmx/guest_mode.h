/* SPDX-License-Identifier: MIT */
/* What mode the guest is in, as it sees it itself: from the VMCS, in root operation. */
#ifndef VMX_GUEST_MODE_H
#define VMX_GUEST_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/intercept.h"
#include "vmx/vcpu.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

/* Segment registers in the order of the VMCS and of instruction information. */
enum segment {
    SEGMENT_ES,
    SEGMENT_CS,
    SEGMENT_SS,
    SEGMENT_DS,
    SEGMENT_FS,
    SEGMENT_GS,
    SEGMENT_LDTR,
    SEGMENT_TR,
};

/* The fields of segment registers lie two apart: SDM "Field Encoding in VMCS". */
static inline enum vmcs_field segment_selector(enum segment segment)
{
    return (enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + 2 * (unsigned)segment);
}

static inline enum vmcs_field segment_base(enum segment segment)
{
    return (enum vmcs_field)(VMCS_GUEST_ES_BASE + 2 * (unsigned)segment);
}

static inline enum vmcs_field segment_limit(enum segment segment)
{
    return (enum vmcs_field)(VMCS_GUEST_ES_LIMIT + 2 * (unsigned)segment);
}

static inline enum vmcs_field segment_access_rights(enum segment segment)
{
    return (enum vmcs_field)(VMCS_GUEST_ES_ACCESS_RIGHTS + 2 * (unsigned)segment);
}

/*
 * CR0 and CR4 as a MOV from them would read: SDM "Guest/Host Masks and Read Shadows". The mask of
 * CR4 is taken from where the VMM keeps it: KVM does not shadow that field (docs/nested.md).
 */
static inline uint64_t guest_cr0(void)
{
    uint64_t mask = vmread(VMCS_CR0_GUEST_HOST_MASK);

    return (vmread(VMCS_GUEST_CR0) & ~mask) | (vmread(VMCS_CR0_READ_SHADOW) & mask);
}

static inline uint64_t guest_cr4(const struct vcpu *vcpu)
{
    uint64_t mask = vcpu->intercepts->cr4_mask;

    return (vmread(VMCS_GUEST_CR4) & ~mask) | (vmread(VMCS_CR4_READ_SHADOW) & mask);
}

/* The current privilege level is SS.DPL in every mode: SDM "Guest Register State". */
static inline unsigned guest_cpl(void)
{
    return vmread(VMCS_GUEST_SS_ACCESS_RIGHTS) >> ACCESS_RIGHTS_DPL_SHIFT & 3;
}

static inline bool guest_protected(void)
{
    return vmread(VMCS_GUEST_CR0) & CR0_PE;
}

static inline bool guest_virtual_8086(void)
{
    return vmread(VMCS_GUEST_RFLAGS) & RFLAGS_VM;
}

/*
 * IA-32e mode: 64-bit mode or compatibility mode. Only 64-bit code has a RIP beyond 4 GiB, as
 * kernels do: they are spared EFER, a field that KVM does not shadow.
 */
static inline bool guest_long_mode(void)
{
    return vmread(VMCS_GUEST_RIP) >> 32 || (vmread(VMCS_GUEST_IA32_EFER) & EFER_LMA);
}

static inline bool guest_64bit(void)
{
    return (vmread(VMCS_GUEST_CS_ACCESS_RIGHTS) & ACCESS_RIGHTS_L) && guest_long_mode();
}

/* The size of addresses without a prefix, in bytes: SDM "Operand-Size and Address-Size Attributes". */
static inline unsigned guest_address_size(void)
{
    if (guest_64bit())
        return 8;
    return vmread(VMCS_GUEST_CS_ACCESS_RIGHTS) & ACCESS_RIGHTS_DB ? 4 : 2;
}

/* Whether all bits above the implemented linear address repeat its highest one. */
static inline bool canonical(uint64_t address, bool five_levels)
{
    unsigned unused = five_levels ? 64 - 57 : 64 - 48;

    return (uint64_t)((int64_t)(address << unused) >> unused) == address;
}

static inline bool guest_canonical(uint64_t address)
{
    return canonical(address, vmread(VMCS_GUEST_CR4) & CR4_LA57);
}

#endif
