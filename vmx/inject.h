/* SPDX-License-Identifier: MIT */
/*
 * What the guest finds at its next entry: the instruction after the one that was carried out, or an
 * event. A handler does at most one of these; one that does nothing re-executes the instruction.
 */
#ifndef VMX_INJECT_H
#define VMX_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/guest_memory.h"
#include "vmx/vcpu.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

enum { NO_ERROR_CODE = -1 };

/* skip_to's rare half: more of the guest's state has to change than RIP. */
void skip_to_slow(uint64_t next);

/*
 * skip_is_rare - whether completing an instruction that ends at next takes more than a new RIP:
 * blocking by STI and MOV SS and RFLAGS.RF end with it, and a single-step trap follows it where
 * RFLAGS.TF is set. SDM: "Guest Non-Register State", "Single-Step Exception Condition".
 */
static inline __attribute__((always_inline)) bool skip_is_rare(uint64_t next)
{
    uint64_t rare = (vmread(VMCS_GUEST_RFLAGS) & (RFLAGS_TF | RFLAGS_RF)) |
                    vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE);

    /* Instructions have at most 15 bytes: only past 4 GiB, where RIP may wrap, are its bits 0. */
    return rare || (uint32_t)next < 15;
}

/* skip_to - completes an instruction that ends at next, as the processor would. */
static inline __attribute__((always_inline)) void skip_to(uint64_t next)
{
    if (__builtin_expect(skip_is_rare(next), 0))
        skip_to_slow(next);
    else
        vmwrite(VMCS_GUEST_RIP, next);
}

/* skip_instruction - skip_to the end of the instruction that exited. */
static inline __attribute__((always_inline)) void skip_instruction(const struct vcpu *vcpu)
{
    skip_to(vcpu->element->rip + vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
}

/*
 * pause_instruction - stops in the middle of a repeated instruction, before it is executed again
 * for its next iteration: as skip_to, RIP apart.
 */
void pause_instruction(void);

/*
 * pend_single_step - where RFLAGS.TF is set: the trap that follows an instruction, unless DEBUGCTL.BTF
 * asks for branches alone. SDM: "Single-Step Exception Condition".
 */
void pend_single_step(void);

/*
 * pend_breakpoints - after skip_instruction or pause_instruction: conditions (PENDING_DEBUG_B0 to
 * B3) are to trap behind what was carried out. SDM: "Data Memory and I/O Breakpoint Exception
 * Conditions".
 */
void pend_breakpoints(uint64_t conditions);

/*
 * retry_instruction - the instruction is to be executed again, after what kept it from completing
 * is gone: blocking of NMIs that an IRET had lifted already is put back. nmi_unblocked: bit 12 of
 * the exit qualification or of the interruption information. SDM: "Exit Qualification for EPT
 * Violations", "NMI unblocking due to IRET".
 */
void retry_instruction(bool nmi_unblocked);

/*
 * inject_exception - the exception at the guest's present RIP; error_code: NO_ERROR_CODE or 32 bits
 * (left out in real-address mode). For faults RFLAGS.RF is set in what the guest's handler is
 * given. #DB takes inject_debug, #PF inject_fault. SDM: "VM-Entry Controls for Event
 * Injection".
 */
void inject_exception(struct vcpu *vcpu, unsigned vector, int64_t error_code);

static inline void inject_ud(struct vcpu *vcpu)
{
    inject_exception(vcpu, EXCEPTION_UD, NO_ERROR_CODE);
}

static inline void inject_gp0(struct vcpu *vcpu)
{
    inject_exception(vcpu, EXCEPTION_GP, 0);
}

/* inject_fault - what guest_memory.h found. */
void inject_fault(struct vcpu *vcpu, const struct guest_fault *fault);

/*
 * inject_debug - #DB; conditions: the bits to report in DR6 as in the exit qualification. Sets DR6,
 * clears DR7.GD and DEBUGCTL.LBR and BTF. SDM: "Debug Exceptions", "Debug Control Registers".
 */
void inject_debug(struct vcpu *vcpu, uint64_t conditions);

/* inject_interrupt - an external interrupt; only where the guest can take one. */
void inject_interrupt(struct vcpu *vcpu, uint8_t vector);

/* guest_takes_interrupts - RFLAGS.IF is set and neither STI, MOV SS nor an event blocks. */
bool guest_takes_interrupts(void);

/* inject_software - INT3, INTO, INT1 or INT n, as the interruption information info says. */
void inject_software(struct vcpu *vcpu, uint64_t info, uint64_t length);

/*
 * await_nmi_window - has the CPU exit as soon as the guest can take an NMI (exit_nmi_window). Uses NMI
 * exiting and virtual NMIs for as long as it takes.
 */
void await_nmi_window(struct vcpu *vcpu);

/*
 * inject_nmi_when_possible - as await_nmi_window, and gives the guest an NMI then. May be called at
 * any time, in the handler of an NMI that interrupted the VMM too; vmx_enter() makes up for what a
 * control_set() that it interrupted undoes.
 */
void inject_nmi_when_possible(struct vcpu *vcpu);

/* inject_nmi - an NMI now: only where the guest can take one. */
void inject_nmi(struct vcpu *vcpu);

/*
 * redeliver - if the exit came in the middle of an event's delivery, the event is delivered again
 * from its beginning at the next entry. Returns whether it did.
 * SDM: "Information for VM Exits That Occur During Event Delivery".
 */
bool redeliver(struct vcpu *vcpu);

/*
 * inject_combined - an exception that came up while another event was being delivered: it, a double
 * fault or a triple fault takes its place (SDM "Double Fault Exception (#DF)"). The latter stops
 * the guest: STOP. Same as inject_exception where no event was being delivered.
 */
enum verdict inject_combined(struct vcpu *vcpu, unsigned vector, int64_t error_code);

/* The #PF form of inject_combined. */
enum verdict inject_combined_fault(struct vcpu *vcpu, const struct guest_fault *fault);

#endif
