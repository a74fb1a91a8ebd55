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

#endif
