/* SPDX-License-Identifier: MIT */
/*
 * The exit handlers: one file for each class of exit, exit_<class>.c; vmx/dispatch.c calls them
 * by the rows of vmx/exits.def.
 *
 * A handler carries out what the guest asked for, or lets the guest try again, and fills the slots
 * that trace/exit_reasons.def names. The exit reason, RIP and qualification are in vcpu->element.
 * Nothing advances RIP by itself: a handler that completed an instruction calls skip_instruction().
 * STOP is returned only after vcpu_stop().
 */
#ifndef VMX_EXITS_H
#define VMX_EXITS_H

#include <stdint.h>

#include "trace/exit_reasons.h"
#include "vmx/vcpu.h"

struct vmx_capabilities;
struct mtrr_state;

/*
 * exits_init - prepares vcpu->intercepts->state; in root operation, on the vCPU's CPU, after
 * intercept_apply(). Both other arguments must outlive the vCPU. vcpu->ept is set.
 */
void exits_init(struct vcpu *vcpu, const struct vmx_capabilities *caps, struct mtrr_state *mtrr);

/* Every slot but 0 at once, for exits that come often: one store for the mask. */
static inline void trace_slots(struct vcpu *vcpu, uint64_t slot1, uint64_t slot2, uint64_t slot3,
                               uint64_t slot4)
{
    struct trace_element *element = vcpu->element;

    element->slot[1] = slot1;
    element->slot[2] = slot2;
    element->slot[3] = slot3;
    element->slot[4] = slot4;
    element->written = 0x1f;
}

/*
 * stop_status - the status of a run that the VMM ended because of an exit: 256 + the basic exit
 * reason. Smaller ones are the guest's own, or of the VMM itself (vmm/run.c, vmm/panic.c).
 */
static inline uint32_t stop_status(uint32_t reason)
{
    return 256 + (reason & EXIT_REASON_BASIC);
}

/* The handlers. Several reasons may share one. */
#define HANDLER(reason, function) enum verdict function(struct vcpu *vcpu);
#include "vmx/exits.def"

/* Every other reason, failed entries and numbers unknown today among them: an explained stop. */
enum verdict exit_unexpected(struct vcpu *vcpu);

#endif
