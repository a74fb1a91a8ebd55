/* SPDX-License-Identifier: MIT */
/*
 * Control registers: MOV, CLTS, LMSW, with the checks and side effects that the processor would
 * make. SDM: "MOV--Move to/from Control Registers", "Exit Qualification for Control-Register
 * Accesses".
 */
#include "vmx/exit_cr.h"
#include "vmx/exits.h"
#include "vmx/flush.h"
#include "vmx/guest_memory.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"
#include "vmx/registers.h"

enum { TYPE_MOV_TO = 0x00, TYPE_MOV_FROM = 0x10, TYPE_CLTS = 0x20, TYPE_LMSW = 0x30 };

#define CR0_DEFINED                                                                                \
    ((uint64_t)CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW |    \
     CR0_CD | CR0_PG)
#define CR0_MACHINE_STATUS ((uint64_t)CR0_PE | CR0_MP | CR0_EM | CR0_TS)
#define CR4_PAE_PAGING     ((uint64_t)CR4_PSE | CR4_PAE | CR4_PGE | CR4_SMEP)
#define CR4_FLUSHING       (CR4_PAE_PAGING | CR4_PCIDE | CR4_LA57 | CR4_SMAP | CR4_PKE)
#define CR3_NO_FLUSH       (UINT64_C(1) << 63)
#define CR3_PCID           UINT64_C(0xfff)

/* Bits of features that CPUID hides (vmx/exit_cpuid.c). */
#define CR4_HIDDEN (CR4_VMXE | CR4_SMXE | CR4_KL | CR4_PKS | CR4_UINTR | CR4_LAM_SUP | CR4_FRED)

/* Bits that a PDPTE of PAE paging must not have set: SDM "PAE Paging", "PDPTE Registers". */
static uint64_t pdpte_reserved(const struct vcpu *vcpu)
{
    return (~UINT64_C(0) << vcpu->intercepts->state.caps->maxphyaddr) | 0x1e6;
}

/*
 * The PDPTE registers, which EPT has in the VMCS, from memory: false where one is malformed, and
 * then none has changed.
 */
static bool load_pdptes(const struct vcpu *vcpu, uint64_t cr3)
{
    uint64_t pdpte[4];

    guest_physical_read(cr3 & 0xffffffe0, pdpte, sizeof(pdpte));
    for (unsigned i = 0; i < 4; i++)
        if ((pdpte[i] & 1) && (pdpte[i] & pdpte_reserved(vcpu)))
            return false;
    for (unsigned i = 0; i < 4; i++)
        vmwrite((enum vmcs_field)(VMCS_GUEST_PDPTE0 + 2 * i), pdpte[i]);
    return true;
}

static bool uses_pdptes(uint64_t cr0, uint64_t cr4, bool long_mode)
{
    return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !long_mode;
}

/* Turning paging on or off switches IA-32e mode where EFER.LME is set. False: #GP. */
static bool switch_paging(bool on, uint64_t cr4, uint64_t *efer)
{
    const uint64_t tss16_busy = ACCESS_RIGHTS_TYPE_TSS16_BUSY;
    uint64_t code = vmread(VMCS_GUEST_CS_ACCESS_RIGHTS);
    uint64_t task = vmread(VMCS_GUEST_TR_ACCESS_RIGHTS);

    if (!on) {
        if ((cr4 & CR4_PCIDE) || guest_64bit())
            return false;
        *efer &= ~(uint64_t)EFER_LMA;
        return true;
    }
    if (!(*efer & EFER_LME))
        return true;
    if (!(cr4 & CR4_PAE) || (code & ACCESS_RIGHTS_L) ||
        (task & ACCESS_RIGHTS_TYPE_MASK) == tss16_busy)
        return false;
    *efer |= EFER_LMA;
    return true;
}

/*
 * CD and NW are the processor's own at all times: VM entries and exits leave them alone (SDM
 * "Loading Guest Control Registers, Debug Registers, and MSRs").
 */
static void write_cache_control(uint64_t cr0)
{
    const uint64_t bits = CR0_CD | CR0_NW;
    uint64_t now = read_cr0();

    if ((now ^ cr0) & bits)
        write_cr0((now & ~bits) | (cr0 & bits));
}

bool guest_write_cr0(struct vcpu *vcpu, uint64_t value)
{
    const struct vmx_capabilities *caps = vcpu->intercepts->state.caps;
    uint64_t now = guest_cr0(), cr4 = guest_cr4(vcpu), efer = 0, changed;
    bool long_mode = guest_long_mode();

    if (value >> 32)
        return false;
    value = (value & CR0_DEFINED) | CR0_ET;
    changed = value ^ now;
    if (((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)) ||
        (!(value & CR0_WP) && (cr4 & CR4_CET)))
        return false;
    if (changed & CR0_PG) {
        efer = vmread(VMCS_GUEST_IA32_EFER);
        if (!switch_paging(value & CR0_PG, cr4, &efer))
            return false;
        long_mode = efer & EFER_LMA;
    }
    if ((changed & (CR0_PG | CR0_CD | CR0_NW)) && uses_pdptes(value, cr4, long_mode) &&
        !load_pdptes(vcpu, vmread(VMCS_GUEST_CR3)))
        return false;
    if (changed & CR0_PG) {
        vmwrite(VMCS_GUEST_IA32_EFER, efer);
        control_set(VMCS_ENTRY_CONTROLS, ENTRY_IA32E_MODE_GUEST, long_mode);
    }
    vmwrite(VMCS_CR0_READ_SHADOW, value);
    vmwrite(VMCS_GUEST_CR0, capabilities_guest_cr0(caps, value));
    write_cache_control(value);
    if (changed & (CR0_PG | CR0_PE | CR0_WP))
        flush_guest(vcpu);
    return true;
}

bool guest_write_cr3(struct vcpu *vcpu, uint64_t value)
{
    uint64_t cr0 = guest_cr0(), cr4 = guest_cr4(vcpu);
    uint64_t reserved = ~UINT64_C(0) << vcpu->intercepts->state.caps->maxphyaddr;
    bool keep = (cr4 & CR4_PCIDE) && (value & CR3_NO_FLUSH);

    if (cr4 & CR4_PCIDE)
        value &= ~CR3_NO_FLUSH;
    if (value & reserved)
        return false;
    if (uses_pdptes(cr0, cr4, guest_long_mode()) && !load_pdptes(vcpu, value))
        return false;
    vmwrite(VMCS_GUEST_CR3, value);
    if (!keep)
        flush_guest_not_global(vcpu);
    return true;
}

static bool cr4_valid(const struct vmx_capabilities *caps, uint64_t value, uint64_t changed)
{
    bool long_mode = guest_long_mode();

    if ((value & ~caps->cr4_fixed1) || (value & CR4_HIDDEN))
        return false;
    if (long_mode && (!(value & CR4_PAE) || (changed & CR4_LA57)))
        return false;
    if ((value & changed & CR4_PCIDE) && (!long_mode || (vmread(VMCS_GUEST_CR3) & CR3_PCID)))
        return false;
    return !(value & CR4_CET) || (guest_cr0() & CR0_WP);
}

static bool guest_write_cr4(struct vcpu *vcpu, uint64_t value)
{
    const struct vmx_capabilities *caps = vcpu->intercepts->state.caps;
    uint64_t changed = value ^ guest_cr4(vcpu);

    if (!cr4_valid(caps, value, changed))
        return false;
    if ((changed & CR4_PAE_PAGING) && uses_pdptes(guest_cr0(), value, guest_long_mode()) &&
        !load_pdptes(vcpu, vmread(VMCS_GUEST_CR3)))
        return false;
    vmwrite(VMCS_CR4_READ_SHADOW, value);
    vmwrite(VMCS_GUEST_CR4, capabilities_cr4(caps, value));
    if (changed & CR4_FLUSHING)
        flush_guest(vcpu);
    return true;
}

/* The task-priority register of the real APIC. */
static bool guest_write_cr8(uint64_t value)
{
    if (value >> 4)
        return false;
    write_cr8(value);
    return true;
}

static bool mov_to(struct vcpu *vcpu, unsigned cr, uint64_t value)
{
    switch (cr) {
    case 0:
        return guest_write_cr0(vcpu, value);
    case 3:
        return guest_write_cr3(vcpu, value);
    case 4:
        return guest_write_cr4(vcpu, value);
    default:
        return guest_write_cr8(value);
    }
}

static uint64_t mov_from(const struct vcpu *vcpu, unsigned cr)
{
    switch (cr) {
    case 0:
        return guest_cr0();
    case 3:
        return vmread(VMCS_GUEST_CR3);
    case 4:
        return guest_cr4(vcpu);
    default:
        return read_cr8();
    }
}

/* LMSW can set PE but not clear it. */
static uint64_t with_machine_status(uint64_t status)
{
    uint64_t now = guest_cr0();

    return (now & ~(CR0_MACHINE_STATUS & ~(uint64_t)CR0_PE)) | (status & CR0_MACHINE_STATUS);
}

enum verdict exit_cr_access(struct vcpu *vcpu)
{
    uint64_t qualification = vcpu->element->qualification, value = 0;
    unsigned cr = qualification & 15, type = qualification & 0x30, gpr = qualification >> 8 & 15;
    unsigned size = guest_64bit() ? 8 : 4;
    bool ok = true;

    TRACE_VMEXIT(vcpu, 1, type);
    TRACE_VMEXIT(vcpu, 4, qualification);
    switch (type) {
    case TYPE_MOV_TO:
        value = reg_read(vcpu, gpr, size);
        ok = mov_to(vcpu, cr, value);
        break;
    case TYPE_MOV_FROM:
        value = mov_from(vcpu, cr);
        reg_write(vcpu, gpr, size, value);
        break;
    case TYPE_CLTS:
        cr = 0;
        value = guest_cr0() & ~(uint64_t)CR0_TS;
        ok = guest_write_cr0(vcpu, value);
        break;
    case TYPE_LMSW:
        cr = 0;
        value = with_machine_status(qualification >> 16 & 0xffff);
        ok = guest_write_cr0(vcpu, value);
        break;
    }
    TRACE_VMEXIT(vcpu, 2, cr);
    TRACE_VMEXIT(vcpu, 3, value);
    if (ok)
        skip_instruction(vcpu);
    else
        inject_gp0(vcpu);
    return RESUME;
}
