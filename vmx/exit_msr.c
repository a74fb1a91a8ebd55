/* SPDX-License-Identifier: MIT */
/*
 * RDMSR and WRMSR: carried out on the processor itself, which also says when they fault; apart from
 * registers that the VMCS holds for the guest, and those that would show VMX or take it away.
 */
#include "vmm/memory.h"
#include "vmx/ept.h"
#include "vmx/exits.h"
#include "vmx/flush.h"
#include "vmx/guest_mode.h"
#include "vmx/guest_tsc.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"
#include "vmx/msr.h"
#include "vmx/mtrr.h"
#include "vmx/registers.h"

#define FEATURE_CONTROL_VMX                                                                        \
    ((uint64_t)(FEATURE_CONTROL_VMX_INSIDE_SMX | FEATURE_CONTROL_VMX_OUTSIDE_SMX))
#define DEBUGCTL_TR    (UINT64_C(1) << 6)
#define CPUID_1_EDX_DS (1u << 21)
#define APIC_BASE_PAGE (UINT64_C(0xffffff) << 12)

/* What a value must be like, where the processor cannot be asked in root operation. */
enum check { CHECK_NONE, CHECK_CANONICAL, CHECK_PAT, CHECK_DEBUGCTL, CHECK_COUNTERS };

/*
 * The guest's value is in the VMCS: always (control 0), or where a VM-entry control loads it. What
 * root operation holds in these registers is the VMM's.
 */
static const struct vmcs_msr {
    uint32_t msr;
    enum vmcs_field field;
    uint32_t entry_control;
    enum check check;
} vmcs_msrs[] = {
    { MSR_IA32_FS_BASE, VMCS_GUEST_FS_BASE, 0, CHECK_CANONICAL },
    { MSR_IA32_GS_BASE, VMCS_GUEST_GS_BASE, 0, CHECK_CANONICAL },
    { MSR_IA32_SYSENTER_CS, VMCS_GUEST_IA32_SYSENTER_CS, 0, CHECK_NONE },
    { MSR_IA32_SYSENTER_ESP, VMCS_GUEST_IA32_SYSENTER_ESP, 0, CHECK_CANONICAL },
    { MSR_IA32_SYSENTER_EIP, VMCS_GUEST_IA32_SYSENTER_EIP, 0, CHECK_CANONICAL },
    { MSR_IA32_DEBUGCTL, VMCS_GUEST_IA32_DEBUGCTL, ENTRY_LOAD_DEBUG_CONTROLS, CHECK_DEBUGCTL },
    { MSR_IA32_PAT, VMCS_GUEST_IA32_PAT, ENTRY_LOAD_IA32_PAT, CHECK_PAT },
    { MSR_IA32_PERF_GLOBAL_CTRL, VMCS_GUEST_IA32_PERF_GLOBAL_CTRL, ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL,
      CHECK_COUNTERS },
};

static const struct vmcs_msr *find_vmcs_msr(uint32_t msr)
{
    for (unsigned i = 0; i < sizeof(vmcs_msrs) / sizeof(vmcs_msrs[0]); i++) {
        const struct vmcs_msr *row = &vmcs_msrs[i];

        if (row->msr == msr &&
            (!row->entry_control || (vmread(VMCS_ENTRY_CONTROLS) & row->entry_control)))
            return row;
    }
    return NULL;
}

static bool pat_valid(uint64_t value)
{
    const uint32_t types = 1u << MEMORY_TYPE_UC | 1u << MEMORY_TYPE_WC | 1u << MEMORY_TYPE_WT |
                           1u << MEMORY_TYPE_WP | 1u << MEMORY_TYPE_WB | 1u << 7; /* UC- */

    for (unsigned i = 0; i < 8; i++, value >>= 8)
        if ((value & 0xff) > 7 || !(types >> (value & 7) & 1))
            return false;
    return true;
}

/*
 * Which bits exist, and which of them keep what is written, depends on the model: the processor is
 * tried, without TR, so that it sends no branch trace messages while the VMM runs.
 */
static bool debugctl_valid(uint64_t *value)
{
    uint64_t now, kept;

    if ((*value & DEBUGCTL_TR) && !(cpuid(1, 0).edx & CPUID_1_EDX_DS))
        return false;
    if (!rdmsr_safe(MSR_IA32_DEBUGCTL, &now) ||
        !wrmsr_safe(MSR_IA32_DEBUGCTL, *value & ~DEBUGCTL_TR))
        return false;
    kept = rdmsr(MSR_IA32_DEBUGCTL);
    wrmsr(MSR_IA32_DEBUGCTL, now);
    *value = kept | (*value & DEBUGCTL_TR);
    return true;
}

/* Which counters exist depends on the model: the processor is tried, once for each. */
static bool counters_valid(struct exit_state *state, uint64_t value)
{
    uint64_t unknown = value & ~state->counters;

    if (!unknown)
        return true;
    if (!wrmsr_safe(MSR_IA32_PERF_GLOBAL_CTRL, unknown))
        return false;
    wrmsr(MSR_IA32_PERF_GLOBAL_CTRL, 0);
    state->counters |= unknown;
    return true;
}

/* Whether the write succeeds; *value becomes what the register then holds. */
static bool valid(struct exit_state *state, enum check check, uint64_t *value)
{
    switch (check) {
    case CHECK_CANONICAL:
        return guest_canonical(*value);
    case CHECK_PAT:
        return pat_valid(*value);
    case CHECK_DEBUGCTL:
        return debugctl_valid(value);
    case CHECK_COUNTERS:
        return counters_valid(state, *value);
    case CHECK_NONE:
        break;
    }
    return true;
}

/*
 * Registers that a processor without VMX, SMX and Processor Trace does not have. The latter would
 * write its packets to physical memory past the EPT, where the VMM's is.
 */
static bool hidden(uint32_t msr)
{
    return (msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_EXIT_CTLS2) ||
           (msr >= MSR_IA32_RTIT_OUTPUT_BASE && msr <= MSR_IA32_RTIT_LAST) ||
           msr == MSR_IA32_SMM_MONITOR_CTL;
}

static bool read_msr(const struct vcpu *vcpu, uint32_t msr, uint64_t *value)
{
    const struct vmcs_msr *row = find_vmcs_msr(msr);

    if (row) {
        *value = vmread(row->field);
        return true;
    }
    if (msr == MSR_IA32_EFER) {
        *value = vmread(VMCS_GUEST_IA32_EFER);
        return true;
    }
    if (guest_tsc_owns(msr))
        return guest_tsc_read(vcpu, msr, value);
    if (hidden(msr) || !rdmsr_safe(msr, value))
        return false;
    if (msr == MSR_IA32_FEATURE_CONTROL)
        *value = (*value & ~FEATURE_CONTROL_VMX) | FEATURE_CONTROL_LOCKED;
    if (msr == MSR_IA32_APIC_BASE && vcpu->intercepts->state.apic_off)
        *value &= ~(uint64_t)APIC_BASE_ENABLE;
    return true;
}

/* SDM "Extended Feature Enable Register": LMA is read-only, LME fixed while paging is on. */
static bool write_efer(struct vcpu *vcpu, uint64_t value)
{
    enum { SYSCALL = 1u << 11, NX = 1u << 20, LONG_MODE = 1u << 29 };
    uint32_t features = cpuid(0x80000001, 0).edx;
    uint64_t now = vmread(VMCS_GUEST_IA32_EFER);
    uint64_t known = EFER_LMA | (features & SYSCALL ? EFER_SCE : 0) |
                     (features & NX ? EFER_NXE : 0) | (features & LONG_MODE ? EFER_LME : 0);

    if ((value & ~known) || (((value ^ now) & EFER_LME) && (guest_cr0() & CR0_PG)))
        return false;
    vmwrite(VMCS_GUEST_IA32_EFER, (value & ~(uint64_t)EFER_LMA) | (now & EFER_LMA));
    if ((value ^ now) & EFER_NXE)
        flush_guest(vcpu);
    return true;
}

/*
 * Bochs 2.7 cannot enable an APIC again that was disabled, and the VMM wants the guest's writes to
 * be harmless to it: the enable bit is kept on behind a guest that clears it in xAPIC mode. Out of
 * x2APIC mode the way leads through the disabled state only, so there the write is passed on. The
 * APIC's page must not cover the VMM's memory either.
 */
static bool write_apic_base(struct vcpu *vcpu, uint64_t value)
{
    struct exit_state *state = &vcpu->intercepts->state;
    uint64_t now = rdmsr(MSR_IA32_APIC_BASE);

    if (!guest_physical_allowed(value & APIC_BASE_PAGE, 4096))
        return false;
    if (!(value & APIC_BASE_ENABLE) && !((value | now) & APIC_BASE_X2APIC)) {
        if (!wrmsr_safe(MSR_IA32_APIC_BASE, value | APIC_BASE_ENABLE))
            return false;
        state->apic_off = true;
        return true;
    }
    if (!wrmsr_safe(MSR_IA32_APIC_BASE, value))
        return false;
    state->apic_off = false;
    return true;
}

/* The types of EPT's pages follow the guest's MTRRs. */
static bool write_mtrr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    uint64_t now;

    if (!rdmsr_safe(msr, &now) || !wrmsr_safe(msr, value))
        return false;
    if (value != now) {
        mtrr_read(vcpu->intercepts->state.mtrr);
        ept_retype(vcpu->ept); /* what finds no room is mapped again at the EPT violation */
        ept_flush(vcpu->ept);
        write_cr3(read_cr3()); /* the VMM's own translations hold types, too */
    }
    return true;
}

static bool write_msr(struct vcpu *vcpu, uint32_t msr, uint64_t value)
{
    const struct vmcs_msr *row = find_vmcs_msr(msr);

    if (row) {
        if (!valid(&vcpu->intercepts->state, row->check, &value))
            return false;
        vmwrite(row->field, value);
        return true;
    }
    if (msr == MSR_IA32_EFER)
        return write_efer(vcpu, value);
    if (msr == MSR_IA32_APIC_BASE)
        return write_apic_base(vcpu, value);
    if (guest_tsc_owns(msr))
        return guest_tsc_write(vcpu, msr, value);
    if (mtrr_owns(msr))
        return write_mtrr(vcpu, msr, value);
    if (msr == MSR_IA32_BIOS_UPDT_TRIG) /* the update's address would be taken for the VMM's own */
        return true;
    if (hidden(msr) || msr == MSR_IA32_FEATURE_CONTROL) /* locked */
        return false;
    if (msr == MSR_IA32_MISC_ENABLE) /* the VMM's own page tables use execute-disable */
        value &= ~MISC_ENABLE_XD_DISABLE;
    return wrmsr_safe(msr, value);
}

static enum verdict fault(struct vcpu *vcpu)
{
    TRACE_VMEXIT(vcpu, 4, EXCEPTION_GP);
    inject_gp0(vcpu);
    return RESUME;
}

enum verdict exit_msr_read(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->reg[RCX];
    uint64_t value;

    TRACE_VMEXIT(vcpu, 1, msr);
    if (!read_msr(vcpu, msr, &value))
        return fault(vcpu);
    vcpu->reg[RAX] = (uint32_t)value;
    vcpu->reg[RDX] = value >> 32;
    TRACE_VMEXIT(vcpu, 2, vcpu->reg[RAX]);
    TRACE_VMEXIT(vcpu, 3, vcpu->reg[RDX]);
    skip_instruction(vcpu);
    return RESUME;
}

enum verdict exit_msr_write(struct vcpu *vcpu)
{
    uint32_t msr = (uint32_t)vcpu->reg[RCX];
    uint64_t value = vcpu->reg[RDX] << 32 | truncate(vcpu->reg[RAX], 4);

    TRACE_VMEXIT(vcpu, 1, msr);
    TRACE_VMEXIT(vcpu, 2, (uint32_t)value);
    TRACE_VMEXIT(vcpu, 3, value >> 32);
    if (!write_msr(vcpu, msr, value))
        return fault(vcpu);
    skip_instruction(vcpu);
    return RESUME;
}
