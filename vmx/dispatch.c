/* SPDX-License-Identifier: MIT */
/* From an exit reason to its handler: SDM appendix "VMX Basic Exit Reasons". */
#include "vmx/dispatch.h"

#include "trace/exit_reasons.h"
#include "vmx/exits.h"

enum verdict dispatch(struct vcpu *vcpu, uint32_t reason)
{
    /* Exits may come from within an SGX enclave. Reasons with another flag are not in the list. */
    switch (reason & ~(uint32_t)EXIT_REASON_ENCLAVE) {
#define HANDLER(reason, function)                                                                  \
    case EXIT_REASON_##reason:                                                                     \
        return function(vcpu);
#include "vmx/exits.def"
    default:
        return exit_unexpected(vcpu);
    }
}
