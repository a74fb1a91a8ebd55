/* SPDX-License-Identifier: MIT */
/* The VMCS in words: why an instruction failed, and every field's value for a post-mortem. */
#ifndef VMX_VMCS_DUMP_H
#define VMX_VMCS_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "vmx/vmcs.h"

struct vmcs_field_row {
    uint32_t encoding;
    const char *words; /* the SDM's words */
};

/* vmx/vmcs_fields.def as a table, in ascending order of encoding. */
extern const struct vmcs_field_row vmcs_fields[];
extern const size_t vmcs_fields_count;

/* vm_instruction_error_name - the SDM's words for a VM-instruction error; never NULL. */
const char *vm_instruction_error_name(uint32_t error);

/*
 * entry_failure_name - words for the exit qualification of exit reason 33, "VM-entry failure due to
 * invalid guest state"; never NULL. (For 34, due to MSR loading, the qualification is the number of
 * the entry in the VM-entry MSR-load area, from 1.)
 */
const char *entry_failure_name(uint64_t qualification);

/*
 * vmcs_dump - one line, ended by \n, through print for each field of the current VMCS that this
 * processor has: encoding, value, words. Prints nothing where there is no current VMCS. In VMX root
 * operation only.
 */
void vmcs_dump(void (*print)(const char *fmt, ...));

#endif
