/* sources: vmx/vmcs_dump.c */
/* SPDX-License-Identifier: MIT */
/* The tables of VMCS fields, control bits and errors: their order, and some rows known by heart. */
#include <stdint.h>
#include <string.h>

#include "tests/unit/tap.h"
#include "vmx/msr.h"
#include "vmx/vmcs_dump.h"

static const char *words_of(enum vmcs_field field)
{
    for (size_t i = 0; i < vmcs_fields_count; i++)
        if (vmcs_fields[i].encoding == field)
            return vmcs_fields[i].words;
    return "";
}

/* Bits 14:13 width, 11:10 type, 9:1 index, 0 access to the high half of 64 bits. */
static void test_encodings(void)
{
    bool ascending = true, whole = true, typed = true;

    for (size_t i = 0; i < vmcs_fields_count; i++) {
        uint32_t encoding = vmcs_fields[i].encoding;
        bool guest = !strncmp(vmcs_fields[i].words, "guest ", 6);
        bool host = !strncmp(vmcs_fields[i].words, "host ", 5);
        unsigned type = encoding >> 10 & 3;

        ascending &= i == 0 || vmcs_fields[i - 1].encoding < encoding;
        whole &= !(encoding & 0x9001) && (encoding >> 1 & 0x1ff) < 48;
        typed &= !host || type == 3;
        typed &= !guest || type == 2 || encoding == VMCS_GUEST_DEADLINE_SHADOW;
    }
    ok(ascending, "encodings ascend, so none is there twice");
    ok(whole, "encodings have no reserved bit and name whole fields");
    ok(typed, "guest and host state have the encodings of their types");
}

static void test_fields(void)
{
    is(VMCS_GUEST_RIP, 0x681e, "guest RIP");
    is(VMCS_EXIT_REASON, 0x4402, "exit reason");
    is(VMCS_HOST_RSP, 0x6c14, "host RSP");
    is(VMCS_PREEMPTION_TIMER_VALUE, 0x482e, "VMX-preemption timer value");
    is(VMCS_GUEST_PDPTE3, 0x2810, "guest PDPTE3");
    is(VMCS_EPT_POINTER, 0x201a, "EPT pointer");
    ok(!strcmp(words_of(VMCS_TSC_MULTIPLIER), "TSC multiplier"), "words for a field");
}

static void test_controls(void)
{
    is(PRIMARY_HLT_EXITING, 0x80, "HLT exiting");
    is(PRIMARY_ACTIVATE_SECONDARY_CONTROLS, 0x80000000, "activate secondary controls");
    is(SECONDARY_ENABLE_EPT | SECONDARY_UNRESTRICTED_GUEST, 0x82, "EPT and unrestricted guest");
    is(EXIT_HOST_ADDRESS_SPACE_SIZE, 0x200, "host address-space size");
    is(ENTRY_LOAD_IA32_EFER, 0x8000, "load IA32_EFER");
}

static void test_msrs(void)
{
    static const uint32_t numbers[] = {
#define MSR(number, name) (number),
#include "vmx/msr.def"
#undef MSR
    };
    bool ascending = true;

    for (size_t i = 1; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        ascending &= numbers[i - 1] < numbers[i];
    ok(ascending, "MSRs ascend");
}

static void test_errors(void)
{
    ok(!strcmp(vm_instruction_error_name(5), "VMRESUME with non-launched VMCS"), "error 5");
    ok(strstr(vm_instruction_error_name(14), "unknown"), "an error that is not used");
    ok(strstr(vm_instruction_error_name(UINT32_MAX), "unknown"), "an error beyond the table");
    ok(strstr(entry_failure_name(4), "link pointer"), "entry failure 4");
    ok(strstr(entry_failure_name(1), "unknown"), "an entry failure that is not used");
}

int main(void)
{
    test_encodings();
    test_fields();
    test_controls();
    test_msrs();
    test_errors();
    return tap_done();
}
