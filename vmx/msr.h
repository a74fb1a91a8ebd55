/* SPDX-License-Identifier: MIT */
/* Model-specific registers: numbers (MSR_ before the SDM's name) and the bits that the VMM uses. */
#ifndef VMX_MSR_H
#define VMX_MSR_H

#include <stdint.h>

enum msr {
#define MSR(number, name) MSR_##name = (number),
#include "vmx/msr.def"
#undef MSR
};

/* IA32_FEATURE_CONTROL: SDM "Enabling and Entering VMX Operation". */
enum {
    FEATURE_CONTROL_LOCKED = 1u << 0,
    FEATURE_CONTROL_VMX_INSIDE_SMX = 1u << 1,
    FEATURE_CONTROL_VMX_OUTSIDE_SMX = 1u << 2,
};

/* IA32_MISC_ENABLE: the table of MSRs in SDM volume 4. */
#define MISC_ENABLE_XD_DISABLE (UINT64_C(1) << 34)

/* The end of the block of numbers that Intel Processor Trace has, from IA32_RTIT_OUTPUT_BASE on. */
enum { MSR_IA32_RTIT_LAST = 0x58f };

/* IA32_APIC_BASE: SDM "Local APIC Status and Location". */
enum {
    APIC_BASE_BSP = 1u << 8,
    APIC_BASE_X2APIC = 1u << 10,
    APIC_BASE_ENABLE = 1u << 11,
};

/* IA32_MTRRCAP and IA32_MTRR_DEF_TYPE: SDM "Memory Type Range Registers". */
enum {
    MTRRCAP_VCNT_MASK = 0xff,
    MTRRCAP_FIX = 1u << 8,
    MTRR_DEF_TYPE_MASK = 0xff,
    MTRR_DEF_TYPE_FIXED_ENABLE = 1u << 10,
    MTRR_DEF_TYPE_ENABLE = 1u << 11,
    MTRR_PHYSMASK_VALID = 1u << 11,
};

/* IA32_VMX_BASIC: SDM "Basic VMX Information". */
#define VMX_BASIC_REVISION_MASK        UINT64_C(0x7fffffff)
#define VMX_BASIC_MEMORY_TYPE_SHIFT    50
#define VMX_BASIC_INS_OUTS_INFORMATION (UINT64_C(1) << 54)
#define VMX_BASIC_TRUE_CONTROLS        (UINT64_C(1) << 55)

/* IA32_VMX_MISC: SDM "Miscellaneous Data". */
enum {
    VMX_MISC_TIMER_RATE_MASK = 0x1f, /* the timer counts when this bit of the TSC changes */
    VMX_MISC_SAVES_LMA = 1u << 5,
    VMX_MISC_ACTIVITY_HLT = 1u << 6,
    VMX_MISC_ACTIVITY_SHUTDOWN = 1u << 7,
    VMX_MISC_ACTIVITY_WAIT_FOR_SIPI = 1u << 8,
    VMX_MISC_PT_IN_VMX = 1u << 14,
    VMX_MISC_VMWRITE_ANY_FIELD = 1u << 29,
    VMX_MISC_INJECT_LENGTH_0 = 1u << 30,
};

/* IA32_VMX_EPT_VPID_CAP: SDM "VPID and EPT Capabilities". */
#define EPT_CAP_EXECUTE_ONLY               (UINT64_C(1) << 0)
#define EPT_CAP_WALK_4                     (UINT64_C(1) << 6)
#define EPT_CAP_WALK_5                     (UINT64_C(1) << 7)
#define EPT_CAP_POINTER_UC                 (UINT64_C(1) << 8)
#define EPT_CAP_POINTER_WB                 (UINT64_C(1) << 14)
#define EPT_CAP_2MIB                       (UINT64_C(1) << 16)
#define EPT_CAP_1GIB                       (UINT64_C(1) << 17)
#define EPT_CAP_INVEPT                     (UINT64_C(1) << 20)
#define EPT_CAP_ACCESSED_DIRTY             (UINT64_C(1) << 21)
#define EPT_CAP_INVEPT_SINGLE_CONTEXT      (UINT64_C(1) << 25)
#define EPT_CAP_INVEPT_ALL_CONTEXT         (UINT64_C(1) << 26)
#define VPID_CAP_INVVPID                   (UINT64_C(1) << 32)
#define VPID_CAP_INVVPID_ADDRESS           (UINT64_C(1) << 40)
#define VPID_CAP_INVVPID_SINGLE_CONTEXT    (UINT64_C(1) << 41)
#define VPID_CAP_INVVPID_ALL_CONTEXT       (UINT64_C(1) << 42)
#define VPID_CAP_INVVPID_RETAINING_GLOBALS (UINT64_C(1) << 43)

#endif
