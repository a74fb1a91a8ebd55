/* SPDX-License-Identifier: MIT */
/*
 * What the guest finds where the VMM's memory is: as on a bus where nothing answers, reads give ones
 * and writes leave no trace.
 *
 * A page of ones, the sink, stands in for one instruction. The instruction runs natively, whatever it
 * is (vector and string instructions, pushes of an event's delivery, page walks), so that there is no
 * second implementation of the processor in the VMM that could go wrong; then the page is taken away
 * and made ones again. A sink that stayed would look like memory to a guest that probes for it, and
 * hide all but the first access from the trace.
 *
 * The step of one instruction is made by NMI-window exiting under blocking by MOV SS, which by the
 * SDM ("NMI-window exiting", "Guest Non-Register State") ends after one instruction on every
 * processor; the monitor trap flag is not there on all, and does nothing on some emulated ones.
 */
#ifndef VMX_HIDDEN_MEMORY_H
#define VMX_HIDDEN_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/vcpu.h"

/*
 * hidden_absorb - after an EPT violation in a hidden range: lets the guest repeat the access (which
 * the caller prepares by redeliver() or retry_instruction() before) to the sink. write: the access is
 * one. False where the pool of EPT tables is empty.
 *
 * Within an NMI handler of the guest the step ends only with the handler.
 */
bool hidden_absorb(struct vcpu *vcpu, uint64_t gpa, bool write);

/* step_done - at the exit that ends the step: takes the sink away. */
void step_done(struct vcpu *vcpu);

#endif
