/* sources: vmx/capabilities.c vmm/format.c */
/* SPDX-License-Identifier: MIT */
/* Control words from capabilities, and the refusals with their facts and remedies. */
#include <string.h>

#include "tests/unit/tap.h"
#include "vmx/capabilities.h"
#include "vmx/msr.h"
#include "vmx/x86.h"

static struct vmx_capabilities caps;
static struct refusal why;

/* What KVM's nested VMX offers on a Haswell. */
static void reset(void)
{
    caps = (struct vmx_capabilities){
        .ept_vpid = UINT64_C(0xf0106334041),
        .cr0_fixed0 = 0x80000021,
        .cr0_fixed1 = 0xffffffff,
        .cr4_fixed0 = 0x2000,
        .cr4_fixed1 = 0x3767ff,
        .control[CONTROL_WORD_PIN] = { .must = 0x16, .may = 0x7f },
        .control[CONTROL_WORD_PRIMARY] = { .must = 0x4006172, .may = 0xf7f9fffe },
        .control[CONTROL_WORD_SECONDARY] = { .must = 0, .may = 0x27bff },
        .control[CONTROL_WORD_EXIT] = { .must = 0x36dfb, .may = 0x7fffff },
        .control[CONTROL_WORD_ENTRY] = { .must = 0x11fb, .may = 0xffff },
        .maxphyaddr = 39,
    };
}

static void refused(bool result, const char *words, const char *what)
{
    if (!ok(!result && strstr(why.line, words), "%s", what))
        printf("# %s\n", why.line);
    ok(strchr(why.line, ';') && strlen(why.line) + 1 < sizeof(why.line), "  with a remedy");
}

static void test_sufficient(void)
{
    reset();
    ok(capabilities_check(&caps, &why), "nested KVM suffices");
    ok(capabilities_has_vpid(&caps), "and has VPIDs");
    caps.ept_vpid &= ~VPID_CAP_INVVPID_SINGLE_CONTEXT;
    ok(!capabilities_has_vpid(&caps), "which are of no use without single-context INVVPID");
}

static void test_missing_controls(void)
{
    reset();
    caps.control[CONTROL_WORD_SECONDARY].may &= ~(uint32_t)SECONDARY_ENABLE_EPT;
    refused(capabilities_check(&caps, &why), "\"enable EPT\"", "no EPT");
    reset();
    caps.control[CONTROL_WORD_SECONDARY].may &= ~(uint32_t)SECONDARY_UNRESTRICTED_GUEST;
    refused(capabilities_check(&caps, &why), "\"unrestricted guest\"", "no unrestricted guest");
    reset();
    caps.control[CONTROL_WORD_PRIMARY].may &= ~(uint32_t)PRIMARY_ACTIVATE_SECONDARY_CONTROLS;
    caps.control[CONTROL_WORD_SECONDARY] = (struct control_range){ 0 };
    refused(capabilities_check(&caps, &why), "\"activate secondary controls\"",
            "no secondary controls");
    reset();
    caps.control[CONTROL_WORD_EXIT].may &= ~(uint32_t)EXIT_LOAD_IA32_EFER;
    refused(capabilities_check(&caps, &why), "\"load IA32_EFER\" (bit 21 of the VM-exit controls)",
            "an exit control");
    refused(capabilities_require(&caps, CONTROL_WORD_PRIMARY, PRIMARY_MONITOR_TRAP_FLAG, &why),
            "\"monitor trap flag\"", "a control that an option asks for");
    refused(capabilities_require(&caps, CONTROL_WORD_TERTIARY, 1u << 30, &why), "reserved",
            "a bit without a name");
}

static void test_missing_ept(void)
{
    reset();
    caps.ept_vpid &= ~EPT_CAP_WALK_4;
    refused(capabilities_check(&caps, &why), "page-walk length 4", "EPT without four levels");
    reset();
    caps.ept_vpid &= ~EPT_CAP_POINTER_WB;
    refused(capabilities_check(&caps, &why), "WB or UC", "EPT without a memory type");
    caps.ept_vpid |= EPT_CAP_POINTER_UC;
    ok(capabilities_check(&caps, &why), "UC will do");
    caps.ept_vpid &= ~EPT_CAP_INVEPT;
    refused(capabilities_check(&caps, &why), "INVEPT", "EPT without INVEPT");
}

static void test_control(void)
{
    reset();
    is(capabilities_control(&caps, CONTROL_WORD_PIN, 0, 0), 0x16, "what must be 1 is");
    is(capabilities_control(&caps, CONTROL_WORD_PIN, PIN_NMI_EXITING,
                            PIN_VIRTUAL_NMIS | PIN_PROCESS_POSTED_INTERRUPTS),
       0x16 | 1 << 3 | 1 << 5, "wanted bits only where offered");
    is(capabilities_allow(&caps, CONTROL_WORD_SECONDARY,
                          SECONDARY_ENABLE_XSAVES | SECONDARY_ENABLE_RDTSCP),
       1 << 3, "what of some bits is offered");
}

static void test_fixed_bits(void)
{
    reset();
    is(capabilities_cr0(&caps, 0x10), 0x80000031, "CR0 in VMX operation");
    is(capabilities_guest_cr0(&caps, 0x10), 0x30, "CR0 of an unrestricted guest");
    is(capabilities_cr4(&caps, 0xfff00620), 0x302620, "CR4 in VMX operation");
}

static void test_feature_control(void)
{
    uint64_t wanted;

    ok(feature_control_enable(5, &wanted, &why) && wanted == 5, "enabled and locked: as it is");
    ok(feature_control_enable(0, &wanted, &why) && wanted == 5, "unlocked: enable and lock");
    ok(feature_control_enable(0x40000, &wanted, &why) && wanted == 0x40005, "other bits stay");
    refused(feature_control_enable(1, &wanted, &why), "IA32_FEATURE_CONTROL = 0x1", "locked off");
    refused(feature_control_enable(3, &wanted, &why), "VT-x", "enabled inside SMX only");
}

static void test_names(void)
{
    ok(!strcmp(control_name(CONTROL_WORD_PRIMARY, 7), "HLT exiting"), "a control's name");
    ok(!control_name(CONTROL_WORD_PRIMARY, 0), "a reserved bit has none");
    ok(!control_name(CONTROL_WORD_PIN, 32), "nor has a bit beyond the word");
}

int main(void)
{
    test_sufficient();
    test_missing_controls();
    test_missing_ept();
    test_control();
    test_fixed_bits();
    test_feature_control();
    test_names();
    return tap_done();
}
