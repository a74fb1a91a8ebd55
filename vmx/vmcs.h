/* SPDX-License-Identifier: MIT */
/* The VMCS: its fields, the bits of those that have bits, and the instructions that reach it. */
#ifndef VMX_VMCS_H
#define VMX_VMCS_H

#include <stdbool.h>
#include <stdint.h>

enum vmcs_field {
#define VMCS_FIELD(encoding, name, words) VMCS_##name = (encoding),
#include "vmx/vmcs_fields.def"
#undef VMCS_FIELD
};

/* Control bits: PIN_NMI_EXITING, PRIMARY_HLT_EXITING, SECONDARY_ENABLE_EPT, EXIT_..., ENTRY_... */
enum vmx_control {
#define VMX_CONTROL(word, bit, name, words) word##_##name = 1u << (bit),
#include "vmx/controls.def"
#undef VMX_CONTROL
};

/*
 * Interruption information: VM-entry, VM-exit and IDT-vectoring fields share this layout
 * (SDM "VM-Entry Controls for Event Injection", "Information for VM Exits Due to Vectored Events",
 * "Information for VM Exits That Occur During Event Delivery").
 */
enum {
    INTERRUPTION_VECTOR_MASK = 0xff,
    INTERRUPTION_TYPE_MASK = 7u << 8,
    INTERRUPTION_TYPE_EXTERNAL = 0u << 8,
    INTERRUPTION_TYPE_NMI = 2u << 8,
    INTERRUPTION_TYPE_HARDWARE_EXCEPTION = 3u << 8,
    INTERRUPTION_TYPE_SOFTWARE_INTERRUPT = 4u << 8,
    INTERRUPTION_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION = 5u << 8, /* INT1 */
    INTERRUPTION_TYPE_SOFTWARE_EXCEPTION = 6u << 8,            /* INT3, INTO */
    INTERRUPTION_TYPE_OTHER_EVENT = 7u << 8,                   /* VM entry only: pending MTF */
    INTERRUPTION_ERROR_CODE_VALID = 1u << 11,                  /* VM entry: deliver error code */
    INTERRUPTION_NMI_UNBLOCKING_DUE_TO_IRET = 1u << 12,        /* VM exit only */
    INTERRUPTION_VALID = 1u << 31,
};

/* Guest interruptibility state: SDM "Guest Non-Register State". */
enum {
    BLOCKING_BY_STI = 1u << 0,
    BLOCKING_BY_MOV_SS = 1u << 1,
    BLOCKING_BY_SMI = 1u << 2,
    BLOCKING_BY_NMI = 1u << 3,
    ENCLAVE_INTERRUPTION = 1u << 4,
};

/* Guest activity state: SDM "Guest Non-Register State". */
enum activity_state {
    ACTIVITY_ACTIVE = 0,
    ACTIVITY_HLT = 1,
    ACTIVITY_SHUTDOWN = 2,
    ACTIVITY_WAIT_FOR_SIPI = 3,
};

/* Pending debug exceptions: SDM "Guest Non-Register State". */
enum {
    PENDING_DEBUG_B0 = 1u << 0,
    PENDING_DEBUG_B1 = 1u << 1,
    PENDING_DEBUG_B2 = 1u << 2,
    PENDING_DEBUG_B3 = 1u << 3,
    PENDING_DEBUG_ENABLED_BREAKPOINT = 1u << 12,
    PENDING_DEBUG_BS = 1u << 14,
    PENDING_DEBUG_RTM = 1u << 16,
};

/* Segment access rights: SDM "Format of Access Rights". */
enum {
    ACCESS_RIGHTS_TYPE_MASK = 0xf,
    ACCESS_RIGHTS_TYPE_ACCESSED = 1u << 0, /* of code and data segments */
    ACCESS_RIGHTS_TYPE_WRITABLE = 1u << 1, /* of data segments; readable of code segments */
    ACCESS_RIGHTS_TYPE_CODE = 1u << 3,
    ACCESS_RIGHTS_TYPE_LDT = 2,
    ACCESS_RIGHTS_TYPE_TSS16_BUSY = 3,
    ACCESS_RIGHTS_TYPE_TSS_BUSY = 11, /* 32-bit and 64-bit */
    ACCESS_RIGHTS_CODE_OR_DATA = 1u << 4,
    ACCESS_RIGHTS_DPL_SHIFT = 5,
    ACCESS_RIGHTS_DPL_MASK = 3u << 5,
    ACCESS_RIGHTS_PRESENT = 1u << 7,
    ACCESS_RIGHTS_AVAILABLE = 1u << 12,
    ACCESS_RIGHTS_L = 1u << 13,
    ACCESS_RIGHTS_DB = 1u << 14,
    ACCESS_RIGHTS_G = 1u << 15,
    ACCESS_RIGHTS_UNUSABLE = 1u << 16,
};

/* Exit qualification of EPT violations: SDM "Exit Qualification for EPT Violations". */
enum {
    EPT_VIOLATION_READ = 1u << 0,
    EPT_VIOLATION_WRITE = 1u << 1,
    EPT_VIOLATION_FETCH = 1u << 2,
    EPT_VIOLATION_READABLE = 1u << 3,
    EPT_VIOLATION_WRITABLE = 1u << 4,
    EPT_VIOLATION_EXECUTABLE = 1u << 5,
    EPT_VIOLATION_LINEAR_ADDRESS_VALID = 1u << 7,
    EPT_VIOLATION_OF_TRANSLATION = 1u << 8, /* clear: an access to a paging structure */
    EPT_VIOLATION_NMI_UNBLOCKING_DUE_TO_IRET = 1u << 12,
};

#define VMCS_LINK_POINTER_NONE (~UINT64_C(0))

/*
 * vmread, vmwrite - reach a field of the current VMCS (SDM "VMREAD", "VMWRITE").
 *
 * For fields that are known to exist: a failure goes unnoticed (vmread returns garbage), so that
 * the exit path pays for one instruction only. Use vmread_safe where the field may be missing.
 */
static inline uint64_t vmread(enum vmcs_field field)
{
    uint64_t value;

    __asm__ volatile("vmread %[field], %[value]"
                     : [value] "=r"(value)
                     : [field] "r"((uint64_t)field)
                     : "cc");
    return value;
}

static inline void vmwrite(enum vmcs_field field, uint64_t value)
{
    __asm__ volatile("vmwrite %[value], %[field]"
                     :
                     : [field] "r"((uint64_t)field), [value] "rm"(value)
                     : "cc");
}

/* control_set - sets or clears bits of a control field. */
static inline void control_set(enum vmcs_field field, uint32_t bits, bool on)
{
    uint64_t now = vmread(field);

    vmwrite(field, on ? now | bits : now & ~(uint64_t)bits);
}

/* vmread_safe - as vmread; false where the processor refuses (value is then 0). */
static inline bool vmread_safe(enum vmcs_field field, uint64_t *value)
{
    uint64_t read = 0;
    bool ok;

    __asm__ volatile("vmread %[field], %[read]"
                     : [read] "+r"(read), "=@cca"(ok)
                     : [field] "r"((uint64_t)field));
    *value = read;
    return ok;
}

/*
 * vmxon - enters VMX operation with the 4 KiB region at physical address region, which begins with
 * the revision identifier. False on VMfail; faults where CR0, CR4 or IA32_FEATURE_CONTROL forbid.
 */
static inline bool vmxon(uint64_t region)
{
    bool ok;

    __asm__ volatile("vmxon %[region]" : "=@cca"(ok) : [region] "m"(region) : "memory");
    return ok;
}

/* vmclear - flushes the VMCS at physical address region and makes it inactive and clear. */
static inline bool vmclear(uint64_t region)
{
    bool ok;

    __asm__ volatile("vmclear %[region]" : "=@cca"(ok) : [region] "m"(region) : "memory");
    return ok;
}

/* vmptrld - makes the VMCS at physical address region the current one. */
static inline bool vmptrld(uint64_t region)
{
    bool ok;

    __asm__ volatile("vmptrld %[region]" : "=@cca"(ok) : [region] "m"(region) : "memory");
    return ok;
}

#endif
