/* SPDX-License-Identifier: MIT */
/*
 * Exits by extended page tables. SDM: "EPT Violations", "EPT Misconfigurations".
 *
 * A guest that touches the VMM's memory gets a page of ones instead, read-only: what a machine shows
 * where no memory is. A write there leads to another page, which takes it. Emulating the access
 * would need a decoder for every instruction that has a memory operand; a page needs none, cannot
 * be got wrong, and the first touch of each page is in the trace.
 */
#include "vmx/exits.h"

#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmx/ept.h"
#include "vmx/inject.h"
#include "vmx/vmcs.h"

enum ept_action { ACTION_MAPPED = 0, ACTION_ABSORBED = 1 };

static uint8_t ones_page[4096] __attribute__((aligned(4096)));
static uint8_t drop_page[4096] __attribute__((aligned(4096)));

static bool absorb(struct vcpu *vcpu, uint64_t gpa, bool write)
{
    if (ones_page[0] != 0xff) {
        memset(ones_page, 0xff, sizeof(ones_page));
        memset(drop_page, 0xff, sizeof(drop_page));
    }
    return write ? ept_redirect(vcpu->ept, gpa, virt_to_phys(drop_page), EPT_READ | EPT_WRITE)
                 : ept_redirect(vcpu->ept, gpa, virt_to_phys(ones_page), EPT_READ);
}

enum verdict exit_ept_violation(struct vcpu *vcpu)
{
    uint64_t qualification = vcpu->element->qualification;
    uint64_t gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS);
    bool hidden = ept_hidden(vcpu->ept, gpa), handled;

    TRACE_VMEXIT(vcpu, 1, gpa);
    if (qualification & EPT_VIOLATION_LINEAR_ADDRESS_VALID)
        TRACE_VMEXIT(vcpu, 2, vmread(VMCS_GUEST_LINEAR_ADDRESS));
    TRACE_VMEXIT(vcpu, 3, hidden ? ACTION_ABSORBED : ACTION_MAPPED);
    TRACE_VMEXIT(vcpu, 4, qualification);
    if (hidden && (qualification & EPT_VIOLATION_FETCH)) {
        vcpu_stop(vcpu, stop_status(vcpu->element->reason),
                  "the guest executes at %#lx, which is not its memory", gpa);
        return STOP;
    }
    handled = hidden ? absorb(vcpu, gpa, qualification & EPT_VIOLATION_WRITE)
                     : ept_map_gigabyte(vcpu->ept, gpa);
    if (!handled) {
        vcpu_stop(vcpu, stop_status(vcpu->element->reason),
                  "the guest touched %#lx, which cannot be mapped: %s", gpa,
                  gpa >= vcpu->ept->limit ? "beyond the processor's physical addresses"
                                          : "too many pages are mapped already");
        return STOP;
    }
    redeliver(vcpu);
    return RESUME;
}

enum verdict exit_ept_misconfig(struct vcpu *vcpu)
{
    uint64_t gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS), entry;
    unsigned level;

    ept_lookup(vcpu->ept, gpa, &entry, &level);
    TRACE_VMEXIT(vcpu, 1, gpa);
    TRACE_VMEXIT(vcpu, 2, entry);
    TRACE_VMEXIT(vcpu, 3, level);
    vcpu_stop(vcpu, stop_status(vcpu->element->reason),
              "EPT misconfiguration at %#lx: the level %u entry is %#lx", gpa, level, entry);
    return STOP;
}
