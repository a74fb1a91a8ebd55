/* SPDX-License-Identifier: MIT */
/* Instructions that exist outside of 64-bit mode only, run in compatibility mode at CPL 0. */
#ifndef GUEST_COMPAT_H
#define GUEST_COMPAT_H

#include <stdint.h>

/*
 * compat_call - calls a function of 32-bit code from compat.S and returns its EAX. The functions
 * have rows for TRY: wrap the call in trap_arm() and trap_disarm().
 */
uint32_t compat_call(void (*function)(void));

void compat_into(void);   /* INTO with OF set */
void compat_bound(void);  /* BOUND with an index out of range */
void compat_cpuid(void);  /* CPUID leaf 0: EBX */
void compat_vmcall(void); /* VMCALL with EAX = 0 */
void compat_outs(void);   /* OUTSB to port 0x80: by how much ESI moved */

#endif
