/* SPDX-License-Identifier: MIT */
/* Entering VMX operation, and the VMCS as it is before the first VM entry. */
#include "vmx/vmcs_setup.h"

#include "vmm/interrupts.h"
#include "vmm/memory.h"
#include "vmm/panic.h"
#include "vmx/entry.h"
#include "vmx/ept.h"
#include "vmx/guest_mode.h"
#include "vmx/intercept.h"
#include "vmx/msr.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

enum {
    AR_CODE32 = 0xc09b, /* G, D, present, code, accessed */
    AR_DATA = 0xc093,
    AR_TSS32_BUSY = 0x008b,
    FLAT_LIMIT = 0xffffffff,
    REAL_LIMIT = 0xffff,
    CPUID_1_ECX_XSAVE = 1 << 26,
};

struct vmx_region {
    uint32_t revision;
    uint8_t rest[PAGE_SIZE - 4];
} __attribute__((aligned(PAGE_SIZE)));

static struct vmx_region vmxon_region, vmcs_region;

/*
 * What the processor cached for an earlier user of VMX may have outlived its VMXOFF. SDM: "Guidelines
 * for Use of the INVVPID Instruction", "Guidelines for Use of the INVEPT Instruction".
 */
static void forget_translations(const struct vmx_capabilities *caps)
{
    if (caps->ept_vpid & EPT_CAP_INVEPT_ALL_CONTEXT)
        invept(INVEPT_ALL_CONTEXT, 0);
    if (caps->ept_vpid & VPID_CAP_INVVPID_ALL_CONTEXT)
        invvpid(INVVPID_ALL_CONTEXT, 0, 0);
}

bool vmx_start(const struct vmx_capabilities *caps, struct refusal *why)
{
    uint64_t cr4 = capabilities_cr4(caps, read_cr4() | CR4_VMXE);

    if (cpuid(1, 0).ecx & CPUID_1_ECX_XSAVE)
        cr4 |= CR4_OSXSAVE; /* for XSETBV on the guest's behalf */
    write_cr0(capabilities_cr0(caps, read_cr0()));
    write_cr4(cr4);
    vmxon_region.revision = vmcs_region.revision =
        (uint32_t)(caps->basic & VMX_BASIC_REVISION_MASK);
    if (!vmxon(virt_to_phys(&vmxon_region)))
        return refuse(why, "VMXON failed; another hypervisor or the firmware may hold VMX");
    if (!vmclear(virt_to_phys(&vmcs_region)) || !vmptrld(virt_to_phys(&vmcs_region)))
        return refuse(why, "the VMCS could not be made current (VMCLEAR, VMPTRLD); "
                           "the processor's VMX does not work as documented");
    forget_translations(caps);
    return true;
}

static void set_control_words(const struct vcpu *vcpu, const struct vmx_capabilities *caps)
{
    const struct intercepts *in = vcpu->intercepts;
    uint32_t secondary = SECONDARY_ENABLE_EPT | SECONDARY_UNRESTRICTED_GUEST;
    uint32_t wanted = SECONDARY_ENABLE_RDTSCP | SECONDARY_ENABLE_INVPCID | SECONDARY_ENABLE_XSAVES |
                      SECONDARY_ENABLE_USER_WAIT_AND_PAUSE | in->secondary;

    if (capabilities_has_vpid(caps))
        wanted |= SECONDARY_ENABLE_VPID;
    vmwrite(VMCS_PIN_BASED_CONTROLS, capabilities_control(caps, CONTROL_WORD_PIN, 0, in->pin));
    vmwrite(VMCS_PRIMARY_CONTROLS,
            capabilities_control(caps, CONTROL_WORD_PRIMARY,
                                 PRIMARY_ACTIVATE_SECONDARY_CONTROLS | PRIMARY_USE_MSR_BITMAPS |
                                     PRIMARY_USE_IO_BITMAPS | PRIMARY_USE_TSC_OFFSETTING,
                                 in->primary));
    vmwrite(VMCS_SECONDARY_CONTROLS,
            capabilities_control(caps, CONTROL_WORD_SECONDARY, secondary, wanted));
    vmwrite(VMCS_EXIT_CONTROLS,
            capabilities_control(caps, CONTROL_WORD_EXIT,
                                 EXIT_HOST_ADDRESS_SPACE_SIZE | EXIT_SAVE_DEBUG_CONTROLS |
                                     EXIT_SAVE_IA32_EFER | EXIT_LOAD_IA32_EFER |
                                     EXIT_SAVE_IA32_PAT | EXIT_LOAD_IA32_PAT,
                                 0));
    vmwrite(VMCS_ENTRY_CONTROLS,
            capabilities_control(
                caps, CONTROL_WORD_ENTRY,
                ENTRY_LOAD_DEBUG_CONTROLS | ENTRY_LOAD_IA32_EFER | ENTRY_LOAD_IA32_PAT, 0));
}

/* The fields that the control words make count. */
static void set_control_fields(const struct vcpu *vcpu, const struct vmx_capabilities *caps)
{
    const struct intercepts *in = vcpu->intercepts;

    if (capabilities_has_vpid(caps))
        vmwrite(VMCS_VPID, GUEST_VPID);
    if (capabilities_allow(caps, CONTROL_WORD_SECONDARY, SECONDARY_ENABLE_XSAVES))
        vmwrite(VMCS_XSS_EXITING_BITMAP, in->xss);
    vmwrite(VMCS_EPT_POINTER, ept_pointer(vcpu->ept));
    vmwrite(VMCS_EXCEPTION_BITMAP, in->exceptions);
    vmwrite(VMCS_PAGE_FAULT_ERROR_CODE_MASK, 0);
    vmwrite(VMCS_PAGE_FAULT_ERROR_CODE_MATCH, 0);
    vmwrite(VMCS_IO_BITMAP_A_ADDRESS, virt_to_phys(in->io_bitmap_a));
    vmwrite(VMCS_IO_BITMAP_B_ADDRESS, virt_to_phys(in->io_bitmap_b));
    vmwrite(VMCS_MSR_BITMAPS_ADDRESS, virt_to_phys(in->msr_bitmap));
    vmwrite(VMCS_TSC_OFFSET, 0);
    vmwrite(VMCS_CR3_TARGET_COUNT, 0);
    vmwrite(VMCS_EXIT_MSR_STORE_COUNT, 0);
    vmwrite(VMCS_EXIT_MSR_LOAD_COUNT, 0);
    vmwrite(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
    vmwrite(VMCS_ENTRY_INTERRUPTION_INFORMATION, 0);
}

/*
 * Counters stand still while the VMM runs. The guest's would count it; and where one overflows that
 * takes samples into memory (PEBS), the processor would write to the guest's linear address by the
 * VMM's page tables. Not every processor saves the register at exits: writes to it are intercepted.
 */
static void set_counters(struct vcpu *vcpu, const struct vmx_capabilities *caps)
{
    uint64_t now;

    if (!capabilities_allow(caps, CONTROL_WORD_EXIT, EXIT_LOAD_IA32_PERF_GLOBAL_CTRL) ||
        !capabilities_allow(caps, CONTROL_WORD_ENTRY, ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL) ||
        !rdmsr_safe(MSR_IA32_PERF_GLOBAL_CTRL, &now))
        return;
    control_set(VMCS_EXIT_CONTROLS, EXIT_LOAD_IA32_PERF_GLOBAL_CTRL, true);
    control_set(VMCS_ENTRY_CONTROLS, ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL, true);
    vmwrite(VMCS_HOST_IA32_PERF_GLOBAL_CTRL, 0);
    vmwrite(VMCS_GUEST_IA32_PERF_GLOBAL_CTRL, now);
    vcpu->intercepts->state.counters = now;
}

static void set_host_state(void)
{
    vmwrite(VMCS_HOST_CR0, read_cr0());
    vmwrite(VMCS_HOST_CR3, read_cr3());
    vmwrite(VMCS_HOST_CR4, read_cr4());
    vmwrite(VMCS_HOST_CS_SELECTOR, SELECTOR_CODE);
    vmwrite(VMCS_HOST_SS_SELECTOR, SELECTOR_DATA);
    vmwrite(VMCS_HOST_DS_SELECTOR, SELECTOR_DATA);
    vmwrite(VMCS_HOST_ES_SELECTOR, SELECTOR_DATA);
    vmwrite(VMCS_HOST_FS_SELECTOR, 0);
    vmwrite(VMCS_HOST_GS_SELECTOR, 0);
    vmwrite(VMCS_HOST_TR_SELECTOR, SELECTOR_TSS);
    vmwrite(VMCS_HOST_FS_BASE, 0);
    vmwrite(VMCS_HOST_GS_BASE, 0);
    vmwrite(VMCS_HOST_TR_BASE, interrupts_tss_base());
    vmwrite(VMCS_HOST_GDTR_BASE, interrupts_gdt_base());
    vmwrite(VMCS_HOST_IDTR_BASE, interrupts_idt_base());
    vmwrite(VMCS_HOST_IA32_SYSENTER_CS, 0);
    vmwrite(VMCS_HOST_IA32_SYSENTER_ESP, 0);
    vmwrite(VMCS_HOST_IA32_SYSENTER_EIP, 0);
    vmwrite(VMCS_HOST_IA32_EFER, rdmsr(MSR_IA32_EFER));
    vmwrite(VMCS_HOST_IA32_PAT, rdmsr(MSR_IA32_PAT));
    vmwrite(VMCS_HOST_RIP, (uint64_t)vmx_exit);
}

static void set_segment(enum segment segment, uint16_t selector, uint64_t limit,
                        uint32_t access_rights)
{
    vmwrite(segment_selector(segment), selector);
    vmwrite(segment_base(segment), 0);
    vmwrite(segment_limit(segment), limit);
    vmwrite(segment_access_rights(segment), access_rights);
}

static void set_guest_segments(const struct guest_entry *entry)
{
    set_segment(SEGMENT_CS, entry->code_selector, FLAT_LIMIT, AR_CODE32);
    set_segment(SEGMENT_SS, entry->data_selector, FLAT_LIMIT, AR_DATA);
    set_segment(SEGMENT_DS, entry->data_selector, FLAT_LIMIT, AR_DATA);
    set_segment(SEGMENT_ES, entry->data_selector, FLAT_LIMIT, AR_DATA);
    set_segment(SEGMENT_FS, entry->data_selector, FLAT_LIMIT, AR_DATA);
    set_segment(SEGMENT_GS, entry->data_selector, FLAT_LIMIT, AR_DATA);
    set_segment(SEGMENT_LDTR, 0, 0, ACCESS_RIGHTS_UNUSABLE);
    set_segment(SEGMENT_TR, 0, REAL_LIMIT, AR_TSS32_BUSY);
    vmwrite(VMCS_GUEST_GDTR_BASE, entry->gdt_base);
    vmwrite(VMCS_GUEST_GDTR_LIMIT, entry->gdt_limit);
    vmwrite(VMCS_GUEST_IDTR_BASE, 0);
    vmwrite(VMCS_GUEST_IDTR_LIMIT, 0);
}

/*
 * Protected mode without paging: what every boot protocol that guest_image.h knows starts in. CD and NW
 * are the processor's own, which the guest finds as the firmware left them.
 */
static void set_guest_control_registers(const struct vcpu *vcpu,
                                        const struct vmx_capabilities *caps)
{
    uint64_t cr0 = CR0_PE | CR0_ET | (read_cr0() & (CR0_CD | CR0_NW));

    vmwrite(VMCS_CR0_GUEST_HOST_MASK, vcpu->intercepts->cr0_mask);
    vmwrite(VMCS_CR4_GUEST_HOST_MASK, vcpu->intercepts->cr4_mask);
    vmwrite(VMCS_CR0_READ_SHADOW, cr0);
    vmwrite(VMCS_CR4_READ_SHADOW, 0);
    vmwrite(VMCS_GUEST_CR0, capabilities_guest_cr0(caps, cr0));
    vmwrite(VMCS_GUEST_CR4, capabilities_cr4(caps, 0));
    vmwrite(VMCS_GUEST_CR3, 0);
    vmwrite(VMCS_GUEST_IA32_EFER, 0);
    vmwrite(VMCS_GUEST_IA32_PAT, rdmsr(MSR_IA32_PAT));
}

static void set_guest_state(struct vcpu *vcpu, const struct guest_entry *entry)
{
    set_guest_segments(entry);
    vmwrite(VMCS_GUEST_DR7, DR7_FIXED);
    vmwrite(VMCS_GUEST_RIP, entry->rip);
    vmwrite(VMCS_GUEST_RSP, entry->rsp);
    vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
    vmwrite(VMCS_GUEST_IA32_DEBUGCTL, 0);
    vmwrite(VMCS_GUEST_IA32_SYSENTER_CS, 0);
    vmwrite(VMCS_GUEST_IA32_SYSENTER_ESP, 0);
    vmwrite(VMCS_GUEST_IA32_SYSENTER_EIP, 0);
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE, 0);
    vmwrite(VMCS_GUEST_ACTIVITY_STATE, ACTIVITY_ACTIVE);
    vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
    vmwrite(VMCS_VMCS_LINK_POINTER, VMCS_LINK_POINTER_NONE);
    vcpu->reg[RAX] = entry->rax;
    vcpu->reg[RBX] = entry->rbx;
    vcpu->reg[RCX] = entry->rcx;
    vcpu->reg[RDX] = entry->rdx;
    vcpu->reg[RSI] = entry->rsi;
    vcpu->reg[RDI] = entry->rdi;
    vcpu->reg[RBP] = entry->rbp;
}

void vmcs_set_up(struct vcpu *vcpu, const struct vmx_capabilities *caps,
                 const struct guest_entry *entry)
{
    set_control_words(vcpu, caps);
    set_control_fields(vcpu, caps);
    set_counters(vcpu, caps);
    set_host_state();
    set_guest_control_registers(vcpu, caps);
    set_guest_state(vcpu, entry);
}
