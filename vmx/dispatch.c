/* SPDX-License-Identifier: MIT */
/* From an exit reason to its handler: SDM appendix "VMX Basic Exit Reasons". */
#include "vmx/dispatch.h"

#include "trace/exit_reasons.h"
#include "vmx/exits.h"

enum verdict dispatch(struct vcpu *vcpu, uint32_t reason)
{
    /* Exits may come from within an SGX enclave. Reasons with another flag are not in the list. */
    switch (reason & ~(uint32_t)EXIT_REASON_ENCLAVE) {
    case EXIT_REASON_CPUID:
        return exit_cpuid(vcpu);
    case EXIT_REASON_EXCEPTION_NMI:
        return exit_exception_nmi(vcpu);
    case EXIT_REASON_EXTERNAL_INTERRUPT:
        return exit_external_interrupt(vcpu);
    case EXIT_REASON_TRIPLE_FAULT:
        return exit_triple_fault(vcpu);
    case EXIT_REASON_INIT:
        return exit_init(vcpu);
    case EXIT_REASON_SIPI:
        return exit_sipi(vcpu);
    case EXIT_REASON_INTERRUPT_WINDOW:
        return exit_interrupt_window(vcpu);
    case EXIT_REASON_NMI_WINDOW:
        return exit_nmi_window(vcpu);
    case EXIT_REASON_TASK_SWITCH:
        return exit_task_switch(vcpu);
    case EXIT_REASON_GETSEC:
        return exit_getsec(vcpu);
    case EXIT_REASON_HLT:
        return exit_hlt(vcpu);
    case EXIT_REASON_INVD:
        return exit_invd(vcpu);
    case EXIT_REASON_INVLPG:
        return exit_invlpg(vcpu);
    case EXIT_REASON_RDPMC:
        return exit_rdpmc(vcpu);
    case EXIT_REASON_RDTSC:
        return exit_rdtsc(vcpu);
    case EXIT_REASON_VMCALL:
        return exit_vmcall(vcpu);
    case EXIT_REASON_VMCLEAR:
    case EXIT_REASON_VMLAUNCH:
    case EXIT_REASON_VMPTRLD:
    case EXIT_REASON_VMPTRST:
    case EXIT_REASON_VMREAD:
    case EXIT_REASON_VMRESUME:
    case EXIT_REASON_VMWRITE:
    case EXIT_REASON_VMXOFF:
    case EXIT_REASON_VMXON:
    case EXIT_REASON_INVEPT:
    case EXIT_REASON_INVVPID:
    case EXIT_REASON_VMFUNC:
    case EXIT_REASON_SEAMCALL:
    case EXIT_REASON_TDCALL:
        return exit_vmx_instruction(vcpu);
    case EXIT_REASON_CR_ACCESS:
        return exit_cr_access(vcpu);
    case EXIT_REASON_DR_ACCESS:
        return exit_dr_access(vcpu);
    case EXIT_REASON_IO_INSTRUCTION:
        return exit_io_instruction(vcpu);
    case EXIT_REASON_MSR_READ:
        return exit_msr_read(vcpu);
    case EXIT_REASON_MSR_WRITE:
        return exit_msr_write(vcpu);
    case EXIT_REASON_MWAIT:
        return exit_mwait(vcpu);
    case EXIT_REASON_MONITOR:
        return exit_monitor(vcpu);
    case EXIT_REASON_PAUSE:
        return exit_pause(vcpu);
    case EXIT_REASON_UMWAIT:
    case EXIT_REASON_TPAUSE:
        return exit_user_wait(vcpu);
    case EXIT_REASON_GDTR_IDTR:
        return exit_gdtr_idtr(vcpu);
    case EXIT_REASON_LDTR_TR:
        return exit_ldtr_tr(vcpu);
    case EXIT_REASON_EPT_VIOLATION:
        return exit_ept_violation(vcpu);
    case EXIT_REASON_EPT_MISCONFIG:
        return exit_ept_misconfig(vcpu);
    case EXIT_REASON_RDTSCP:
        return exit_rdtscp(vcpu);
    case EXIT_REASON_PREEMPTION_TIMER:
        return exit_preemption_timer(vcpu);
    case EXIT_REASON_WBINVD:
        return exit_wbinvd(vcpu);
    case EXIT_REASON_XSETBV:
        return exit_xsetbv(vcpu);
    case EXIT_REASON_RDRAND:
        return exit_rdrand(vcpu);
    case EXIT_REASON_RDSEED:
        return exit_rdseed(vcpu);
    case EXIT_REASON_INVPCID:
        return exit_invpcid(vcpu);
    case EXIT_REASON_XSAVES:
    case EXIT_REASON_XRSTORS:
        return exit_xsaves(vcpu);
    default:
        return exit_unexpected(vcpu);
    }
}
