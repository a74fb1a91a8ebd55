/* SPDX-License-Identifier: MIT */
/* What the guest finds where the VMM's memory is. */
#include "vmx/hidden_memory.h"

#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmx/ept.h"
#include "vmx/inject.h"
#include "vmx/intercept.h"

static struct ept_table *take_table(struct ept *ept)
{
    struct ept_table *table = ept->free;

    if (!table)
        return NULL;
    ept->free = (struct ept_table *)(uintptr_t)table->entry[0];
    ept->free_count--;
    memset(table, 0, sizeof(*table));
    return table;
}

/* The entry for the 4 KiB page; tables above it are made where they are missing. NULL: no room. */
static uint64_t *page_entry(struct ept *ept, uint64_t gpa)
{
    struct ept_table *table = ept->root;

    for (unsigned level = EPT_LEVELS;; level--) {
        uint64_t *entry = &table->entry[gpa >> (12 + 9 * (level - 1)) & (EPT_ENTRIES - 1)];

        if (level == 1)
            return entry;
        if (!*entry) {
            table = take_table(ept);
            if (!table)
                return NULL;
            *entry = (uintptr_t)table | EPT_ACCESS;
        } else if (*entry & EPT_LARGE) {
            return NULL;
        } else {
            table = (struct ept_table *)(uintptr_t)(*entry & EPT_ADDRESS_MASK);
        }
    }
}

static void unmap_sink(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;

    while (state->sink_pages > 0) {
        uint64_t *entry = page_entry(vcpu->ept, state->sink_page[--state->sink_pages]);

        if (entry)
            *entry = 0;
    }
    ept_flush(vcpu->ept);
    if (state->sink_writable)
        memset(state->sink, 0xff, sizeof(state->sink));
    state->sink_writable = false;
}

static bool map_sink(struct vcpu *vcpu, uint64_t gpa, bool write)
{
    struct exit_state *state = &vcpu->intercepts->state;
    uint64_t *entry;

    if (state->sink_pages == SINK_PAGES_MAX)
        unmap_sink(vcpu);
    entry = page_entry(vcpu->ept, gpa);
    if (!entry)
        return false;
    if (!*entry)
        state->sink_page[state->sink_pages++] = gpa;
    *entry = virt_to_phys(state->sink) | (uint64_t)MEMORY_TYPE_WB << EPT_TYPE_SHIFT |
             (write ? EPT_ACCESS : EPT_READ | EPT_EXECUTE);
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
