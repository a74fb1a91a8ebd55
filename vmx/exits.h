/* SPDX-License-Identifier: MIT */
/*
 * The exit handlers: one file for each class of exit, exit_<class>.c; vmx/dispatch.c calls them.
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

enum verdict exit_exception_nmi(struct vcpu *vcpu);
enum verdict exit_external_interrupt(struct vcpu *vcpu);
enum verdict exit_triple_fault(struct vcpu *vcpu);
enum verdict exit_init(struct vcpu *vcpu);
enum verdict exit_sipi(struct vcpu *vcpu);
enum verdict exit_interrupt_window(struct vcpu *vcpu);
enum verdict exit_nmi_window(struct vcpu *vcpu);
enum verdict exit_task_switch(struct vcpu *vcpu);
enum verdict exit_cpuid(struct vcpu *vcpu);
enum verdict exit_getsec(struct vcpu *vcpu);
enum verdict exit_hlt(struct vcpu *vcpu);
enum verdict exit_invd(struct vcpu *vcpu);
enum verdict exit_invlpg(struct vcpu *vcpu);
enum verdict exit_rdpmc(struct vcpu *vcpu);
enum verdict exit_rdtsc(struct vcpu *vcpu);
enum verdict exit_vmcall(struct vcpu *vcpu);
enum verdict exit_vmx_instruction(struct vcpu *vcpu);
enum verdict exit_cr_access(struct vcpu *vcpu);
enum verdict exit_dr_access(struct vcpu *vcpu);
enum verdict exit_io_instruction(struct vcpu *vcpu);
enum verdict exit_msr_read(struct vcpu *vcpu);
enum verdict exit_msr_write(struct vcpu *vcpu);
enum verdict exit_mwait(struct vcpu *vcpu);
enum verdict exit_monitor(struct vcpu *vcpu);
enum verdict exit_pause(struct vcpu *vcpu);
enum verdict exit_user_wait(struct vcpu *vcpu);
enum verdict exit_gdtr_idtr(struct vcpu *vcpu);
enum verdict exit_ldtr_tr(struct vcpu *vcpu);
enum verdict exit_ept_violation(struct vcpu *vcpu);
enum verdict exit_ept_misconfig(struct vcpu *vcpu);
enum verdict exit_rdtscp(struct vcpu *vcpu);
enum verdict exit_preemption_timer(struct vcpu *vcpu);
enum verdict exit_wbinvd(struct vcpu *vcpu);
enum verdict exit_xsetbv(struct vcpu *vcpu);
enum verdict exit_rdrand(struct vcpu *vcpu);
enum verdict exit_rdseed(struct vcpu *vcpu);
enum verdict exit_invpcid(struct vcpu *vcpu);
enum verdict exit_xsaves(struct vcpu *vcpu);

/* Every other reason, failed entries and numbers unknown today among them: an explained stop. */
enum verdict exit_unexpected(struct vcpu *vcpu);

#endif
