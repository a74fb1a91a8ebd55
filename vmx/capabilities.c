/* SPDX-License-Identifier: MIT */
/* The capability MSRs of VMX, and the judgement whether they suffice. */
#include <stddef.h>

#include "vmx/capabilities.h"
#include "vmx/msr.h"
#include "vmx/x86.h"

#define CPUID_1_ECX_VMX (1u << 5)

static const char *const word_name[CONTROL_WORDS] = {
    [CONTROL_WORD_PIN] = "pin-based VM-execution controls",
    [CONTROL_WORD_PRIMARY] = "primary processor-based VM-execution controls",
    [CONTROL_WORD_SECONDARY] = "secondary processor-based VM-execution controls",
    [CONTROL_WORD_TERTIARY] = "tertiary processor-based VM-execution controls",
    [CONTROL_WORD_EXIT] = "VM-exit controls",
    [CONTROL_WORD_ENTRY] = "VM-entry controls",
};

static const char *const bit_name[CONTROL_WORDS][32] = {
#define VMX_CONTROL(word, bit, name, words) [CONTROL_WORD_##word][bit] = (words),
#include "vmx/controls.def"
#undef VMX_CONTROL
};

/* What the VMM cannot do without, in the order in which a user should hear of it. */
static const struct {
    enum control_word which;
    uint32_t bits;
} needed[] = {
    { CONTROL_WORD_PRIMARY, PRIMARY_ACTIVATE_SECONDARY_CONTROLS },
    { CONTROL_WORD_SECONDARY, SECONDARY_ENABLE_EPT },
    { CONTROL_WORD_SECONDARY, SECONDARY_UNRESTRICTED_GUEST },
    { CONTROL_WORD_PRIMARY,
      PRIMARY_USE_TSC_OFFSETTING | PRIMARY_USE_MSR_BITMAPS | PRIMARY_USE_IO_BITMAPS },
    { CONTROL_WORD_EXIT, EXIT_HOST_ADDRESS_SPACE_SIZE | EXIT_SAVE_DEBUG_CONTROLS },
    { CONTROL_WORD_EXIT, EXIT_SAVE_IA32_EFER | EXIT_LOAD_IA32_EFER },
    { CONTROL_WORD_EXIT, EXIT_SAVE_IA32_PAT | EXIT_LOAD_IA32_PAT },
    { CONTROL_WORD_ENTRY, ENTRY_IA32E_MODE_GUEST | ENTRY_LOAD_DEBUG_CONTROLS },
    { CONTROL_WORD_ENTRY, ENTRY_LOAD_IA32_EFER | ENTRY_LOAD_IA32_PAT },
    { CONTROL_WORD_PIN, PIN_NMI_EXITING | PIN_VIRTUAL_NMIS },
    { CONTROL_WORD_PRIMARY, PRIMARY_NMI_WINDOW_EXITING },
};

const char *control_name(enum control_word which, unsigned bit)
{
    return bit < 32 ? bit_name[which][bit] : NULL;
}

bool capabilities_require(const struct vmx_capabilities *caps, enum control_word which,
                          uint32_t bits, struct refusal *why)
{
    uint32_t missing = bits & ~caps->control[which].may;

    if (!missing)
        return true;

    unsigned bit = (unsigned)__builtin_ctz(missing);
    const char *name = control_name(which, bit);

    return refuse(why,
                  "the processor does not offer \"%s\" (bit %u of the %s); use a newer Intel "
                  "processor, or a virtual machine whose nested VMX offers it",
                  name ? name : "a reserved control", bit, word_name[which]);
}

uint32_t capabilities_control(const struct vmx_capabilities *caps, enum control_word which,
                              uint32_t required, uint32_t wanted)
{
    return caps->control[which].must | required | capabilities_allow(caps, which, wanted);
}

bool capabilities_has_vpid(const struct vmx_capabilities *caps)
{
    const uint64_t flush = VPID_CAP_INVVPID | VPID_CAP_INVVPID_SINGLE_CONTEXT;

    return capabilities_allow(caps, CONTROL_WORD_SECONDARY, SECONDARY_ENABLE_VPID) &&
           (caps->ept_vpid & flush) == flush;
}

uint64_t capabilities_cr0(const struct vmx_capabilities *caps, uint64_t value)
{
    return (value | caps->cr0_fixed0) & caps->cr0_fixed1;
}

uint64_t capabilities_cr4(const struct vmx_capabilities *caps, uint64_t value)
{
    return (value | caps->cr4_fixed0) & caps->cr4_fixed1;
}

uint64_t capabilities_guest_cr0(const struct vmx_capabilities *caps, uint64_t value)
{
    const uint64_t unfixed = CR0_PE | CR0_PG;

    return (value | (caps->cr0_fixed0 & ~unfixed)) & caps->cr0_fixed1;
}

bool feature_control_enable(uint64_t now, uint64_t *wanted, struct refusal *why)
{
    const uint64_t enable = FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_OUTSIDE_SMX;

    *wanted = now & FEATURE_CONTROL_LOCKED ? now : now | enable;
    if (*wanted & FEATURE_CONTROL_VMX_OUTSIDE_SMX)
        return true;
    return refuse(why,
                  "the firmware has locked VMX off (IA32_FEATURE_CONTROL = %#llx); enable Intel "
                  "Virtualization Technology (VT-x) in the firmware's setup and power-cycle",
                  (unsigned long long)now);
}

/* EPT is there; whether it can do what vmx/ept.c asks of it. */
static bool check_ept(const struct vmx_capabilities *caps, struct refusal *why)
{
    const uint64_t value = caps->ept_vpid;
    const char *missing = NULL;

    if (!(value & EPT_CAP_WALK_4))
        missing = "page-walk length 4";
    else if (!(value & (EPT_CAP_POINTER_WB | EPT_CAP_POINTER_UC)))
        missing = "WB or UC paging structures";
    else if (!(value & EPT_CAP_INVEPT))
        missing = "INVEPT";
    else if (!(value & (EPT_CAP_INVEPT_SINGLE_CONTEXT | EPT_CAP_INVEPT_ALL_CONTEXT)))
        missing = "a type of INVEPT";
    if (!missing)
        return true;
    return refuse(why,
                  "the processor's EPT lacks %s (IA32_VMX_EPT_VPID_CAP = %#llx); use a newer Intel "
                  "processor, or a virtual machine whose nested VMX offers it",
                  missing, (unsigned long long)value);
}

bool capabilities_check(const struct vmx_capabilities *caps, struct refusal *why)
{
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (!capabilities_require(caps, needed[i].which, needed[i].bits, why))
            return false;
    return check_ept(caps, why);
}

/* A capability MSR of the usual form: bits that must be 1 below, bits that may be 1 above. */
static struct control_range range_of(uint64_t value)
{
    return (struct control_range){ .must = (uint32_t)value, .may = (uint32_t)(value >> 32) };
}

/* A later MSR exists only where an earlier one says so: read in this order. */
static void read_controls(struct vmx_capabilities *caps)
{
    struct control_range *control = caps->control;
    bool exact = caps->basic & VMX_BASIC_TRUE_CONTROLS;

    control[CONTROL_WORD_PIN] =
        range_of(rdmsr(exact ? MSR_IA32_VMX_TRUE_PINBASED_CTLS : MSR_IA32_VMX_PINBASED_CTLS));
    control[CONTROL_WORD_PRIMARY] =
        range_of(rdmsr(exact ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS));
    control[CONTROL_WORD_EXIT] =
        range_of(rdmsr(exact ? MSR_IA32_VMX_TRUE_EXIT_CTLS : MSR_IA32_VMX_EXIT_CTLS));
    control[CONTROL_WORD_ENTRY] =
        range_of(rdmsr(exact ? MSR_IA32_VMX_TRUE_ENTRY_CTLS : MSR_IA32_VMX_ENTRY_CTLS));
    if (control[CONTROL_WORD_PRIMARY].may & PRIMARY_ACTIVATE_SECONDARY_CONTROLS)
        control[CONTROL_WORD_SECONDARY] = range_of(rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2));
    if (control[CONTROL_WORD_PRIMARY].may & PRIMARY_ACTIVATE_TERTIARY_CONTROLS)
        control[CONTROL_WORD_TERTIARY].may = (uint32_t)rdmsr(MSR_IA32_VMX_PROCBASED_CTLS3);
}

static void read_msrs(struct vmx_capabilities *caps)
{
    *caps = (struct vmx_capabilities){
        .basic = rdmsr(MSR_IA32_VMX_BASIC),
        .misc = rdmsr(MSR_IA32_VMX_MISC),
        .cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0),
        .cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1),
        .cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0),
        .cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1),
    };
    read_controls(caps);

    uint32_t secondary = caps->control[CONTROL_WORD_SECONDARY].may;

    if (secondary & (SECONDARY_ENABLE_EPT | SECONDARY_ENABLE_VPID))
        caps->ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
    if (secondary & SECONDARY_ENABLE_VM_FUNCTIONS)
        caps->vmfunc = rdmsr(MSR_IA32_VMX_VMFUNC);
}

/* Without the leaf that tells, the SDM's section "CPUID" of PAE gives 36 bits. */
static uint8_t read_maxphyaddr(void)
{
    if (cpuid(0x80000000, 0).eax < 0x80000008)
        return 36;
    return (uint8_t)cpuid(0x80000008, 0).eax;
}

bool capabilities_read(struct vmx_capabilities *caps, struct refusal *why)
{
    uint64_t now, wanted;

    if (!(cpuid(1, 0).ecx & CPUID_1_ECX_VMX))
        return refuse(why, "no VMX (CPUID.01H:ECX.VMX = 0); use an Intel processor with VT-x, "
                           "Bochs with a VMX model, or QEMU with -cpu host on KVM with nested=1");
    now = rdmsr(MSR_IA32_FEATURE_CONTROL);
    if (!feature_control_enable(now, &wanted, why))
        return false;
    if (wanted != now)
        wrmsr(MSR_IA32_FEATURE_CONTROL, wanted);
    read_msrs(caps);
    caps->maxphyaddr = read_maxphyaddr();
    return capabilities_check(caps, why);
}
