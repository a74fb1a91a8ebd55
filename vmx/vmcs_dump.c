/* SPDX-License-Identifier: MIT */
/* The VMCS in words; all but vmcs_dump() is pure. */
#include "vmx/vmcs_dump.h"

const struct vmcs_field_row vmcs_fields[] = {
#define VMCS_FIELD(encoding, name, words) { (encoding), (words) },
#include "vmx/vmcs_fields.def"
#undef VMCS_FIELD
};

const size_t vmcs_fields_count = sizeof(vmcs_fields) / sizeof(vmcs_fields[0]);

const char *vm_instruction_error_name(uint32_t error)
{
    switch (error) {
#define ENTRY_FAILURE(qualification, words)
#define INSTRUCTION_ERROR(number, words)                                                           \
    case number:                                                                                   \
        return words;
#include "vmx/instruction_error.def"
#undef INSTRUCTION_ERROR
#undef ENTRY_FAILURE
    }
    return "unknown VM-instruction error";
}

const char *entry_failure_name(uint64_t qualification)
{
    switch (qualification) {
#define INSTRUCTION_ERROR(number, words)
#define ENTRY_FAILURE(value, words)                                                                \
    case value:                                                                                    \
        return words;
#include "vmx/instruction_error.def"
#undef INSTRUCTION_ERROR
#undef ENTRY_FAILURE
    }
    return "unknown exit qualification";
}

/* Reading a field that is missing is itself an error, so the one of before is read first. */
void vmcs_dump(void (*print)(const char *fmt, ...))
{
    uint64_t error, value;

    if (!vmread_safe(VMCS_INSTRUCTION_ERROR, &error))
        return;
    for (size_t i = 0; i < vmcs_fields_count; i++) {
        const struct vmcs_field_row *row = &vmcs_fields[i];

        if (!vmread_safe((enum vmcs_field)row->encoding, &value))
            continue;
        if (row->encoding == VMCS_INSTRUCTION_ERROR)
            value = error;
        print("vmcs %04x %#lx %s\n", row->encoding, (unsigned long)value, row->words);
    }
}
