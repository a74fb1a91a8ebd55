/* SPDX-License-Identifier: MIT */
/*
 * What vexit offers the guest: the hypervisor CPUID leaves and the VMCALL services.
 * Shared by the VMM and by guests; usable from C and from assembly.
 *
 * A service is asked for by VMCALL with EAX = VEXIT_CALL_SIGNATURE | function. Any other EAX takes
 * #UD, as VMCALL does on a machine without a VMM; so does every service but the marker outside of
 * CPL 0. The result is in RAX: VEXIT_CALL_DONE, or VEXIT_CALL_UNKNOWN for a function number that
 * this version does not have. No other register changes.
 */
#ifndef GUEST_VEXIT_CALL_H
#define GUEST_VEXIT_CALL_H

#define VEXIT_CALL_SIGNATURE      0x76780000 /* "vx" in the upper half */
#define VEXIT_CALL_SIGNATURE_MASK 0xffff0000

#define VEXIT_CALL_MARKER    0 /* any CPL: RBX, RCX, RDX, RSI go into a marker record */
#define VEXIT_CALL_TRACE_ON  1 /* records and statistics are kept from here on */
#define VEXIT_CALL_TRACE_OFF 2 /* and no longer */
#define VEXIT_CALL_PUTC      3 /* BL goes into the log as text */
#define VEXIT_CALL_STOP      4 /* EBX = status, 0 for success: the run ends, no return */

#define VEXIT_CALL_DONE    0
#define VEXIT_CALL_UNKNOWN (-1) /* all 64 bits of RAX set */

/* CPUID leaf: EAX = the last hypervisor leaf, EBX, ECX, EDX = "vexitvexitvx". */
#define VEXIT_CPUID_SIGNATURE 0x40000000
#define VEXIT_CPUID_EBX       0x69786576 /* "vexi" */
#define VEXIT_CPUID_ECX       0x78657674 /* "tvex" */
#define VEXIT_CPUID_EDX       0x78767469 /* "itvx" */

/*
 * CPUID leaf: EAX = major << 16 | minor << 8 | patch, EBX = features, ECX = the first page (address
 * >> 12) of the VMM's own memory, EDX = how many pages it has; the memory map has them reserved.
 */
#define VEXIT_CPUID_VERSION       0x40000001
#define VEXIT_CPUID_FEATURE_TRACE (1 << 0) /* EBX: the trace is on */

#endif
