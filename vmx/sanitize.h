/* SPDX-License-Identifier: MIT */
/*
 * Remedies for processors that depart from the SDM, all of them. Each is harmless, or right by the
 * SDM anyway, on a processor that does not.
 */
#ifndef VMX_SANITIZE_H
#define VMX_SANITIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/interrupts.h"
#include "vmx/guest_mode.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

/*
 * Bochs 2.7 saves blocking by SMI at exits after an entry to wait-for-SIPI, and refuses the next
 * entry with it. Outside of system-management mode an entry must not block SMIs anyway
 * (SDM "Checks on Guest Non-Register State").
 */
static inline uint64_t sanitize_interruptibility(uint64_t interruptibility)
{
    return interruptibility & ~(uint64_t)BLOCKING_BY_SMI;
}

/*
 * Bochs 2.7 saves BS among the pending debug exceptions at a fault-like exit of an instruction that
 * runs with RFLAGS.TF set; executing the instruction again would then trap before it. By the SDM
 * ("Saving Non-Register State") BS is saved there only under blocking by MOV SS.
 */
static inline void sanitize_before_retry(void)
{
    uint64_t pending;

    if (!(vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF) ||
        (vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)))
        return;
    pending = vmread(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS);
    if (pending & PENDING_DEBUG_BS)
        vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, pending & ~(uint64_t)PENDING_DEBUG_BS);
}

/*
 * Bochs 2.7 exits at MOV to and from debug registers and at XSETBV before it looks at the privilege
 * level. By the SDM ("Relative Priority of Faults and VM Exits") faults based on privilege come
 * first, so that a handler of another processor never finds this. True: the guest is to get #GP(0).
 */
static inline bool sanitize_privilege(void)
{
    return guest_cpl() != 0;
}

/*
 * Bochs 2.7 saves RFLAGS.RF as 0 at exits by exceptions and does not set it when it injects one. By
 * the SDM ("Saving RIP, RSP, SSP, and RFLAGS") the flag saved is the one the handler's stack would
 * get: 1 for faults, apart from an instruction breakpoint.
 */
static inline void sanitize_resume_flag(void)
{
    vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) | RFLAGS_RF);
}

/*
 * Bochs 2.7 saves blocking by NMI as 1 at every exit by an NMI, and goes on blocking whatever the
 * VMCS says until an IRET in root operation. On other processors the bit tells whether the guest is
 * within an NMI handler (SDM "Saving Non-Register State"). A guest that was never given an NMI
 * cannot be: its first NMI exit tells the two apart.
 *
 * The IRET to the next instruction is what ends the blocking of NMIs in root operation too, on
 * every processor (SDM "Handling Multiple NMIs").
 */
static inline void sanitize_nmi_exit(bool nmi_was_given, bool *saves_blocking)
{
    uint64_t interruptibility = vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE), scratch;

    if (!nmi_was_given && (interruptibility & BLOCKING_BY_NMI))
        *saves_blocking = true;
    if (*saves_blocking)
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE, interruptibility & ~(uint64_t)BLOCKING_BY_NMI);
    __asm__ volatile("mov %%rsp, %[scratch]\n\t"
                     "push $%c[ss]\n\t"
                     "push %[scratch]\n\t"
                     "pushfq\n\t"
                     "push $%c[cs]\n\t"
                     "lea 1f(%%rip), %[scratch]\n\t"
                     "push %[scratch]\n\t"
                     "iretq\n"
                     "1:"
                     : [scratch] "=&r"(scratch)
                     : [ss] "i"(SELECTOR_DATA), [cs] "i"(SELECTOR_CODE)
                     : "memory", "cc");
}

#endif
