/* SPDX-License-Identifier: MIT */
/* Makes the processor forget guest translations, after the VMM did what would have done so. */
#ifndef VMX_FLUSH_H
#define VMX_FLUSH_H

#include <stdint.h>

#include "vmx/vcpu.h"

/*
 * All of these are nothing where VPID is not in use: then VM entries flush by themselves.
 * SDM "Operations that Invalidate Cached Mappings".
 */
void flush_guest(const struct vcpu *vcpu);                          /* everything */
void flush_guest_not_global(const struct vcpu *vcpu);               /* global pages may stay */
void flush_guest_address(const struct vcpu *vcpu, uint64_t linear); /* one linear address */

#endif
