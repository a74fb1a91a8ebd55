/* SPDX-License-Identifier: MIT */
/* VMX, SMX, SGX and SMM are not there: #UD for each instruction, at any CPL; no bit of CR4, no MSR. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/try.h"
#include "vmx/msr.h"

/* Every instruction of VMX, and of SMX, SGX, SMM: NAME, text. The memory operand is "cell", RAX is 0. */
#define VMX_INSTRUCTIONS(ROW)                                                                      \
    ROW(VMCALL, "vmcall")                                                                          \
    ROW(VMCLEAR, "vmclear %0")                                                                     \
    ROW(VMLAUNCH, "vmlaunch")                                                                      \
    ROW(VMRESUME, "vmresume")                                                                      \
    ROW(VMPTRLD, "vmptrld %0")                                                                     \
    ROW(VMPTRST, "vmptrst %0")                                                                     \
    ROW(VMREAD, "vmread %%rax, %0")                                                                \
    ROW(VMWRITE, "vmwrite %0, %%rax")                                                              \
    ROW(VMXOFF, "vmxoff")                                                                          \
    ROW(VMXON, "vmxon %0")                                                                         \
    ROW(VMFUNC, "vmfunc")                                                                          \
    ROW(INVEPT, "invept %0, %%rax")                                                                \
    ROW(INVVPID, "invvpid %0, %%rax")                                                              \
    ROW(GETSEC, "getsec")                                                                          \
    ROW(ENCLS, "encls")                                                                            \
    ROW(RSM, "rsm")

static uint64_t cell[2];

#define TRY_FUNCTION(name, instruction)                                                            \
    static uint64_t try_##name(void *trap)                                                         \
    {                                                                                              \
        *(struct trap *)trap = TRY(instruction, ("+m"(cell)), ("a"(0ull), "b"(0), "c"(0)), ());    \
        return 0;                                                                                  \
    }

VMX_INSTRUCTIONS(TRY_FUNCTION)

static const struct {
    const char *name;
    uint64_t (*function)(void *trap);
} instructions[] = {
#define INSTRUCTION(name, text) { #name, try_##name },
    VMX_INSTRUCTIONS(INSTRUCTION)
#undef INSTRUCTION
};

enum { INSTRUCTIONS = sizeof(instructions) / sizeof(instructions[0]) };

static void check_instructions(void)
{
    struct trap t;

    for (size_t i = 0; i < INSTRUCTIONS; i++) {
        instructions[i].function(&t);
        check_fault(t, EXCEPTION_UD, 0, "%s", instructions[i].name);
    }
    for (size_t i = 0; i < INSTRUCTIONS; i++) {
        check_fault(try_at_user(instructions[i].function), EXCEPTION_UD, 0, "%s at CPL 3",
                    instructions[i].name);
    }
}

static void check_hidden(void)
{
    uint64_t cr4 = read_cr4(), value;

    check(!(cr4 & CR4_VMXE), "CR4.VMXE reads as 0");
    check_fault(try_write_cr4(cr4 | CR4_VMXE), EXCEPTION_GP, 0, "CR4.VMXE");
    check_equal(read_cr4(), cr4, "a refused CR4.VMXE changes nothing");
    check_equal(rdmsr(MSR_IA32_FEATURE_CONTROL) &
                    (FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_INSIDE_SMX |
                     FEATURE_CONTROL_VMX_OUTSIDE_SMX),
                FEATURE_CONTROL_LOCKED, "IA32_FEATURE_CONTROL reads as locked without VMX");
    check_fault(try_wrmsr(MSR_IA32_FEATURE_CONTROL, 5), EXCEPTION_GP, 0,
                "WRMSR of IA32_FEATURE_CONTROL");
    for (uint32_t msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_VMFUNC; msr++)
        check_fault(try_rdmsr(msr, &value), EXCEPTION_GP, 0, "RDMSR of VMX MSR %#x", msr);
    check_fault(try_wrmsr(MSR_IA32_VMX_BASIC, 0), EXCEPTION_GP, 0, "WRMSR of IA32_VMX_BASIC");
}

void check_vmx(void)
{
    check_instructions();
    if (!surroundings.vexit)
        return;
    check_vexit_begin();
    check_hidden();
    check_vexit_end();
}
