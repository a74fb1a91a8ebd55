/* SPDX-License-Identifier: MIT */
/*
 * The run loop: enter, stamp, record, dispatch, stamp, again. The records of exits and entries are
 * made here and nowhere else, so that no handler can forget one or change their order.
 */
#include "vmm/run.h"

#include "trace/exit_reasons.h"
#include "vmm/trace_out.h"
#include "vmx/dispatch.h"
#include "vmx/entry.h"
#include "vmx/exit_cpuid.h"
#include "vmx/exits.h"
#include "vmx/inject.h"
#include "vmx/vmcs.h"
#include "vmx/vmcs_dump.h"
#include "vmx/x86.h"

enum { STATUS_ENTRY_FAILED = 254 };

/* Reasons below 64 for which the SDM defines a qualification: elsewhere the field reads 0 anyway. */
static const uint64_t qualified_reasons =
#define SLOT(name, kind)
#define EMPTY
#define EXIT_REASON(number, name, words, qualification, s1, s2, s3, s4)                            \
    ((qualification) && (number) < 64 ? UINT64_C(1) << ((number)&63) : 0) |
#include "trace/exit_reasons.def"
    0;

/* The exit record: what the CPU says of the exit, before any handler can change it. */
static inline struct trace_element *record_exit(const struct vcpu *vcpu, uint64_t tsc,
                                                uint32_t reason, uint64_t rip)
{
    struct trace_element *element = vcpu->element;

    element->exit_tsc = tsc;
    element->reason = reason;
    element->written = 1;
    element->kind = TRACE_EXIT_ENTRY;
    element->vcpu = vcpu->id;
    element->rip = rip;
    element->qualification = 0;
    return element;
}

/*
 * The exit that guests cause most on purpose, from its record to the next one: nothing is stored
 * that is not wanted.
 */
static inline struct vcpu *finish_cpuid(struct vcpu *vcpu, const union cpuid_row *row, uint64_t tsc,
                                        uint64_t rip, uint64_t next)
{
    uint32_t leaf = (uint32_t)vcpu->reg[RAX], subleaf = (uint32_t)vcpu->reg[RCX];

    vmwrite(VMCS_GUEST_RIP, next);
    cpuid_answer(vcpu, row);
    if (!vcpu->tracing)
        return vcpu;
    record_exit(vcpu, tsc, EXIT_REASON_CPUID, rip);
    trace_slots(vcpu, leaf, subleaf, row->slot.eax_ebx, row->slot.ecx_edx);
    return trace_commit(vcpu);
}

struct vcpu *exit_begin(struct vcpu *vcpu)
{
    uint64_t tsc = vcpu->tracing ? rdtsc() : 0;
    uint32_t reason = (uint32_t)vmread(VMCS_EXIT_REASON);
    uint64_t rip = vmread(VMCS_GUEST_RIP);
    struct trace_element *element;

    if (reason == EXIT_REASON_CPUID) {
        const union cpuid_row *row = cpuid_direct(vcpu);
        uint64_t next = rip + vmread(VMCS_EXIT_INSTRUCTION_LENGTH);

        if (row && !skip_is_rare(next))
            return finish_cpuid(vcpu, row, tsc, rip, next);
    }
    element = record_exit(vcpu, tsc, reason, rip);
    if ((reason & EXIT_REASON_BASIC) >= 64 || (qualified_reasons >> (reason & 63) & 1))
        element->qualification = vmread(VMCS_EXIT_QUALIFICATION);
    return NULL;
}

void run(struct vcpu *vcpu)
{
    while (vmx_enter(&vcpu)) {
        bool traced = vcpu->tracing; /* a switch by the handler counts from the next exit on */
        enum verdict verdict;

        vcpu->launched = true;
        verdict = dispatch(vcpu, vcpu->element->reason);
        if (traced && verdict == RESUME)
            trace_commit(vcpu);
        else if (traced)
            trace_out_last_exit(vcpu); /* no entry follows; its slots travel all the same */
        if (verdict == STOP)
            return;
    }
    vcpu->entry_failed = true;
    vcpu_stop(vcpu, STATUS_ENTRY_FAILED, "VM entry failed: %s",
              vm_instruction_error_name((uint32_t)vmread(VMCS_INSTRUCTION_ERROR)));
}
