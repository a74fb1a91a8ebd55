/* SPDX-License-Identifier: MIT */
/* The run loop of one vCPU. */
#ifndef VMM_RUN_H
#define VMM_RUN_H

#include "vmx/vcpu.h"

/*
 * Runs the guest on this CPU until a handler stops it or VM entry fails; then the vCPU's
 * stop_status and stop_reason say why. The VMCS must be current and complete.
 */
void run(struct vcpu *vcpu);

/*
 * Called by vmx/entry.S at every exit: stamps and records it, and handles it at once where that needs
 * none of the registers that C keeps. Returns the vcpu if the guest can go on, NULL if run() is to
 * dispatch the exit.
 */
struct vcpu *exit_begin(struct vcpu *vcpu);

#endif
