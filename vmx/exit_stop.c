/* SPDX-License-Identifier: MIT */
/* Exits after which the guest cannot go on, each with the reason in words. */
#include "trace/exit_reasons.h"
#include "vmx/exits.h"
#include "vmx/vmcs.h"
#include "vmx/vmcs_dump.h"

enum verdict exit_triple_fault(struct vcpu *vcpu)
{
    vcpu_stop(
        vcpu, stop_status(vcpu->element->reason),
        "triple fault at RIP %#lx, RSP %#lx, CR3 %#lx: the guest could not deliver an exception",
        vcpu->element->rip, vmread(VMCS_GUEST_RSP), vmread(VMCS_GUEST_CR3));
    return STOP;
}

enum verdict exit_init(struct vcpu *vcpu)
{
    vcpu_stop(vcpu, stop_status(vcpu->element->reason),
              "INIT signal at RIP %#lx: the guest resets this CPU", vcpu->element->rip);
    return STOP;
}

enum verdict exit_sipi(struct vcpu *vcpu)
{
    TRACE_VMEXIT(vcpu, 1, vcpu->element->qualification & 0xff);
    vcpu_stop(vcpu, stop_status(vcpu->element->reason),
              "start-up IPI, vector %#lx, to a CPU that runs", vcpu->element->qualification & 0xff);
    return STOP;
}

/* SDM: "VM-Entry Failures During or After Loading Guest State". */
static void explain_entry_failure(struct vcpu *vcpu, uint32_t reason)
{
    uint64_t qualification = vmread(VMCS_EXIT_QUALIFICATION);

    vcpu->entry_failed = true;
    vcpu_stop(vcpu, stop_status(vcpu->element->reason),
              "VM entry failed, exit reason %#x, qualification %lu: %s", reason, qualification,
              (reason & EXIT_REASON_BASIC) == EXIT_REASON_ENTRY_GUEST_STATE
                  ? entry_failure_name(qualification)
                  : exit_reason_row(reason)->words);
}

enum verdict exit_unexpected(struct vcpu *vcpu)
{
    uint32_t reason = vcpu->element->reason;

    if (reason & EXIT_REASON_ENTRY_FAILURE)
        explain_entry_failure(vcpu, reason);
    else
        vcpu_stop(vcpu, stop_status(vcpu->element->reason),
                  "exit reason %#x (%s) at RIP %#lx, which the VMM did not ask for", reason,
                  exit_reason_name(reason), vcpu->element->rip);
    return STOP;
}
