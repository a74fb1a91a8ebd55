/* SPDX-License-Identifier: MIT */
/* What the exit handlers need before the first exit. */
#include "vmx/exits.h"

#include "vmm/interrupts.h"
#include "vmm/string.h"
#include "vmx/exit_cpuid.h"
#include "vmx/intercept.h"

void exits_init(struct vcpu *vcpu, const struct vmx_capabilities *caps, struct mtrr_state *mtrr)
{
    struct exit_state *state = &vcpu->intercepts->state;

    memset(state, 0, sizeof(*state));
    state->caps = caps;
    state->mtrr = mtrr;
    memset(state->sink, 0xff, sizeof(state->sink));
    cpuid_read_table(state);
    interrupts_give_nmis_to(vcpu);
}
