/* SPDX-License-Identifier: MIT */
/* What the guest finds at its next entry. */
#include "vmx/inject.h"

#include "vmx/exits.h"
#include "vmx/guest_mode.h"
#include "vmx/intercept.h"
#include "vmx/sanitize.h"

#define BITS(a, b, c, d, e, f)                                                                     \
    (1u << (a) | 1u << (b) | 1u << (c) | 1u << (d) | 1u << (e) | 1u << (f))

/* SDM "Exceptions and Interrupts", table "Protected-Mode Exceptions and Interrupts". */
static const uint32_t with_error_code =
    BITS(EXCEPTION_DF, EXCEPTION_TS, EXCEPTION_NP, EXCEPTION_SS, EXCEPTION_GP, EXCEPTION_PF) |
    1u << EXCEPTION_AC | 1u << EXCEPTION_CP;
static const uint32_t not_faults = 1u << EXCEPTION_DB | 1u << EXCEPTION_NMI | 1u << EXCEPTION_BP |
                                   1u << EXCEPTION_OF | 1u << EXCEPTION_DF | 1u << EXCEPTION_MC;
static const uint32_t contributory =
    BITS(EXCEPTION_DE, EXCEPTION_TS, EXCEPTION_NP, EXCEPTION_SS, EXCEPTION_GP, EXCEPTION_CP);
static const uint32_t page_faults = 1u << EXCEPTION_PF | 1u << EXCEPTION_VE;

enum { DEBUGCTL_LBR = 1u << 0, DEBUGCTL_BTF = 1u << 1 };

void pend_single_step(void)
{
    uint64_t pending = vmread(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS) & ~(uint64_t)PENDING_DEBUG_BS;

    if (!(vmread(VMCS_GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF))
        pending |= PENDING_DEBUG_BS;
    vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, pending);
}

static void leave_instruction(void)
{
    uint64_t interruptibility = vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE);

    vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE,
            sanitize_interruptibility(interruptibility) &
                ~(uint64_t)(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
    if (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF)
        pend_single_step();
}

void skip_to_slow(uint64_t next)
{
    vmwrite(VMCS_GUEST_RIP, next >> 32 && !guest_64bit() ? next & 0xffffffff : next);
    vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) & ~(uint64_t)RFLAGS_RF);
    leave_instruction();
}

void pause_instruction(void)
{
    leave_instruction();
}

void pend_breakpoints(uint64_t conditions)
{
    vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, vmread(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS) |
                                                     conditions | PENDING_DEBUG_ENABLED_BREAKPOINT);
}

void retry_instruction(bool nmi_unblocked)
{
    sanitize_before_retry();
    if (nmi_unblocked)
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE,
                vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) | BLOCKING_BY_NMI);
}

/*
 * The event for the next entry. What the SDM ends with the delivery of an event must not be in force
 * at an entry that injects one (blocking by STI and MOV SS), or is lost with it (pending debug
 * exceptions, which an exit leaves only under blocking by MOV SS or, see sanitize.h, with TF set).
 */
static void inject(const struct vcpu *vcpu, uint64_t info)
{
    uint64_t interruptibility = vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE);

    (void)vcpu; /* its VMCS is the current one */
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE,
            sanitize_interruptibility(interruptibility) &
                ~(uint64_t)(BLOCKING_BY_STI | BLOCKING_BY_MOV_SS));
    if ((interruptibility & BLOCKING_BY_MOV_SS) || (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_TF))
        vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
    vmwrite(VMCS_ENTRY_INTERRUPTION_INFORMATION, info | INTERRUPTION_VALID);
}

/* An event of its own, which may find the guest halted; exceptions come of instructions. */
static void inject_waking(const struct vcpu *vcpu, uint64_t info)
{
    inject(vcpu, info);
    vmwrite(VMCS_GUEST_ACTIVITY_STATE, ACTIVITY_ACTIVE);
}

void inject_exception(struct vcpu *vcpu, unsigned vector, int64_t error_code)
{
    uint64_t info = vector | INTERRUPTION_TYPE_HARDWARE_EXCEPTION;

    if (error_code != NO_ERROR_CODE && guest_protected()) {
        info |= INTERRUPTION_ERROR_CODE_VALID;
        vmwrite(VMCS_ENTRY_EXCEPTION_ERROR_CODE, (uint32_t)error_code);
    }
    if (vector < 32 && !(not_faults >> vector & 1))
        sanitize_resume_flag();
    inject(vcpu, info);
}

static int64_t error_code_of(const struct guest_fault *fault)
{
    if (fault->vector < 32 && (with_error_code >> fault->vector & 1))
        return fault->error_code;
    return NO_ERROR_CODE;
}

void inject_fault(struct vcpu *vcpu, const struct guest_fault *fault)
{
    if (fault->vector == EXCEPTION_PF)
        write_cr2(fault->address);
    inject_exception(vcpu, fault->vector, error_code_of(fault));
}

void inject_debug(struct vcpu *vcpu, uint64_t conditions)
{
    const uint64_t breakpoints =
        PENDING_DEBUG_B0 | PENDING_DEBUG_B1 | PENDING_DEBUG_B2 | PENDING_DEBUG_B3;
    const uint64_t reported = breakpoints | DR6_BD | DR6_BS;
    const uint64_t active_low = DR6_BUS_LOCK | DR6_RTM;
    uint64_t dr7 = vmread(VMCS_GUEST_DR7), debugctl = vmread(VMCS_GUEST_IA32_DEBUGCTL);

    write_dr6(((read_dr6() | DR6_RTM) & ~breakpoints & ~(conditions & active_low)) |
              (conditions & reported));
    vmwrite(VMCS_GUEST_DR7, dr7 & ~(uint64_t)DR7_GD);
    vmwrite(VMCS_GUEST_IA32_DEBUGCTL, debugctl & ~(uint64_t)(DEBUGCTL_LBR | DEBUGCTL_BTF));
    if (conditions & DR6_BD) /* general detect is a fault */
        sanitize_resume_flag();
    inject_exception(vcpu, EXCEPTION_DB, NO_ERROR_CODE);
    vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0); /* it is them that are reported */
}

void inject_interrupt(struct vcpu *vcpu, uint8_t vector)
{
    inject_waking(vcpu, vector | INTERRUPTION_TYPE_EXTERNAL);
}

bool guest_takes_interrupts(void)
{
    return (vmread(VMCS_GUEST_RFLAGS) & RFLAGS_IF) &&
           !(vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) & (BLOCKING_BY_STI | BLOCKING_BY_MOV_SS)) &&
           !(vmread(VMCS_ENTRY_INTERRUPTION_INFORMATION) & INTERRUPTION_VALID);
}

void inject_software(struct vcpu *vcpu, uint64_t info, uint64_t length)
{
    vmwrite(VMCS_ENTRY_INSTRUCTION_LENGTH, length);
    inject(vcpu, info & (INTERRUPTION_VECTOR_MASK | INTERRUPTION_TYPE_MASK));
}

/* Without the pin-based controls the other one is invalid: SDM "Checks on VMX Controls". */
void await_nmi_window(struct vcpu *vcpu)
{
    if (vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) & BLOCKING_BY_NMI)
        vcpu->intercepts->state.nmi_given = true;
    control_set(VMCS_PIN_BASED_CONTROLS, PIN_NMI_EXITING | PIN_VIRTUAL_NMIS, true);
    control_set(VMCS_PRIMARY_CONTROLS, PRIMARY_NMI_WINDOW_EXITING, true);
}

void inject_nmi_when_possible(struct vcpu *vcpu)
{
    vcpu->intercepts->state.nmi_pending = true;
    await_nmi_window(vcpu);
}

void inject_nmi(struct vcpu *vcpu)
{
    vcpu->intercepts->state.nmi_pending = false;
    vcpu->intercepts->state.nmi_given = true;
    inject_waking(vcpu, EXCEPTION_NMI | INTERRUPTION_TYPE_NMI);
}

bool redeliver(struct vcpu *vcpu)
{
    const uint64_t mask =
        INTERRUPTION_VECTOR_MASK | INTERRUPTION_TYPE_MASK | INTERRUPTION_ERROR_CODE_VALID;
    uint64_t info = vmread(VMCS_IDT_VECTORING_INFORMATION);

    if (!(info & INTERRUPTION_VALID))
        return false;
    if (info & INTERRUPTION_ERROR_CODE_VALID)
        vmwrite(VMCS_ENTRY_EXCEPTION_ERROR_CODE, vmread(VMCS_IDT_VECTORING_ERROR_CODE));
    vmwrite(VMCS_ENTRY_INSTRUCTION_LENGTH, vmread(VMCS_EXIT_INSTRUCTION_LENGTH));
    inject(vcpu, info & mask);
    if ((info & INTERRUPTION_TYPE_MASK) == INTERRUPTION_TYPE_NMI) /* its delivery blocks anew */
        vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE,
                vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) & ~(uint64_t)BLOCKING_BY_NMI);
    return true;
}

/* Whether the second exception finds the first one's delivery in a state that makes it worse. */
static bool doubles(unsigned first, unsigned second)
{
    bool serious = (contributory | page_faults) >> second & 1;

    if (first == EXCEPTION_DF)
        return serious;
    if (page_faults >> first & 1)
        return serious;
    return (contributory >> first & 1) && (contributory >> second & 1);
}

enum verdict inject_combined(struct vcpu *vcpu, unsigned vector, int64_t error_code)
{
    uint64_t info = vmread(VMCS_IDT_VECTORING_INFORMATION);
    unsigned first = info & INTERRUPTION_VECTOR_MASK;
    bool exception = (info & INTERRUPTION_VALID) &&
                     (info & INTERRUPTION_TYPE_MASK) == INTERRUPTION_TYPE_HARDWARE_EXCEPTION;

    if (exception && first < 32 && vector < 32 && doubles(first, vector)) {
        if (first == EXCEPTION_DF)
            return exit_triple_fault(vcpu);
        vector = EXCEPTION_DF;
        error_code = 0;
    }
    inject_exception(vcpu, vector, error_code);
    return RESUME;
}

enum verdict inject_combined_fault(struct vcpu *vcpu, const struct guest_fault *fault)
{
    if (fault->vector == EXCEPTION_PF)
        write_cr2(fault->address);
    return inject_combined(vcpu, fault->vector, error_code_of(fault));
}
