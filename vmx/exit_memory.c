/* SPDX-License-Identifier: MIT */
/* EPT violations and misconfigurations. SDM: "EPT-Induced VM Exits". */
#include "vmx/ept.h"
#include "vmx/exits.h"
#include "vmx/hidden_memory.h"
#include "vmx/inject.h"

/* Slot 3. */
enum action { MAPPED = 0, ABSORBED = 1, RETRIED = 2, REFUSED = 3 };

/* The access will be made again: by the event's delivery, or by the instruction. */
static void prepare_retry(struct vcpu *vcpu)
{
    if (!redeliver(vcpu))
        retry_instruction(vcpu->element->qualification & EPT_VIOLATION_NMI_UNBLOCKING_DUE_TO_IRET);
}

static enum action map(struct vcpu *vcpu, uint64_t gpa, bool hidden)
{
    bool write = vcpu->element->qualification & EPT_VIOLATION_WRITE;

    if (hidden)
        return hidden_absorb(vcpu, gpa, write) ? ABSORBED : REFUSED;
    return ept_map_gigabyte(vcpu->ept, gpa) ? MAPPED : REFUSED;
}

static enum action resolve(struct vcpu *vcpu, uint64_t gpa)
{
    bool hidden = ept_hidden(vcpu->ept, gpa);
    enum action action;
    uint64_t entry;
    unsigned level;

    prepare_retry(vcpu);
    if (!hidden && ept_lookup(vcpu->ept, gpa, &entry, &level)) {
        ept_flush(vcpu->ept); /* mapped meanwhile, with every access */
        return RETRIED;
    }
    action = map(vcpu, gpa, hidden);
    if (action != REFUSED)
        return action;
    ept_make_room(vcpu->ept);
    ept_flush(vcpu->ept);
    return map(vcpu, gpa, hidden);
}

enum verdict exit_ept_violation(struct vcpu *vcpu)
{
    uint64_t gpa = vmread(VMCS_GUEST_PHYSICAL_ADDRESS);
    uint64_t qualification = vcpu->element->qualification;
    enum action action;

    TRACE_VMEXIT(vcpu, 1, gpa);
    if (qualification & EPT_VIOLATION_LINEAR_ADDRESS_VALID)
        TRACE_VMEXIT(vcpu, 2, vmread(VMCS_GUEST_LINEAR_ADDRESS));
    TRACE_VMEXIT(vcpu, 4, qualification);
    action = resolve(vcpu, gpa);
    TRACE_VMEXIT(vcpu, 3, action);
    if (action != REFUSED)
        return RESUME;
    vcpu_stop(vcpu, stop_status(vcpu->element->reason),
              "no EPT table is left to map guest-physical address %#lx, RIP %#lx", gpa,
              vcpu->element->rip);
    return STOP;
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
              "the processor rejects the EPT entry %#lx (level %u) for guest-physical address %#lx",
              entry, level, gpa);
    return STOP;
}
