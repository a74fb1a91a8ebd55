/* SPDX-License-Identifier: MIT */
/* What the guest finds where the VMM's memory is. */
#include "vmx/hidden_memory.h"

#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmx/ept.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"

static void unmap_sink(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;

    while (state->sink_pages > 0)
        ept_redirect(vcpu->ept, state->sink_page[--state->sink_pages], 0, 0);
    ept_flush(vcpu->ept);
    if (state->sink_writable)
        memset(state->sink, 0xff, sizeof(state->sink));
    state->sink_writable = false;
}

static bool map_sink(struct vcpu *vcpu, uint64_t gpa, bool write)
{
    struct exit_state *state = &vcpu->intercepts->state;
    uint64_t access = write ? EPT_ACCESS : EPT_READ | EPT_EXECUTE, entry;
    unsigned level;
    bool mapped;

    if (state->sink_pages == SINK_PAGES_MAX)
        unmap_sink(vcpu);
    mapped = ept_lookup(vcpu->ept, gpa, &entry, &level);
    if (!ept_redirect(vcpu->ept, gpa, virt_to_phys(state->sink), access))
        return false;
    if (!mapped)
        state->sink_page[state->sink_pages++] = gpa;
    state->sink_writable |= write;
    ept_flush(vcpu->ept); /* the entry may have been readable before */
    return true;
}

/*
 * An event that is being delivered anew needs no blocking: the window opens before the first
 * instruction of its handler. Blocking by MOV SS demands a pending single-step trap where TF is set
 * and forbids it elsewhere (SDM "Checks on Guest Non-Register State"); the instruction then takes it
 * as it would have.
 */
static void start_step(struct vcpu *vcpu)
{
    uint64_t interruptibility = vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE);

    vcpu->intercepts->state.stepping = true;
    await_nmi_window(vcpu);
    if (vmread(VMCS_ENTRY_INTERRUPTION_INFORMATION) & INTERRUPTION_VALID)
        return;
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE,
            (interruptibility & ~(uint64_t)BLOCKING_BY_STI) | BLOCKING_BY_MOV_SS);
    if (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF)
        pend_single_step();
}

bool hidden_absorb(struct vcpu *vcpu, uint64_t gpa, bool write)
{
    if (!map_sink(vcpu, gpa & ~UINT64_C(0xfff), write))
        return false;
    start_step(vcpu);
    return true;
}

void step_done(struct vcpu *vcpu)
{
    vcpu->intercepts->state.stepping = false;
    unmap_sink(vcpu);
}
