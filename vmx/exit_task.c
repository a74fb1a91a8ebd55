/* SPDX-License-Identifier: MIT */
/*
 * Task switches, which the processor leaves to the VMM: by CALL, JMP, IRET or a task gate of the
 * IDT, outside of IA-32e mode. SDM: "Task Switching", "Treatment of Task Switches".
 */
#include "vmx/descriptor.h"
#include "vmx/exit_cr.h"
#include "vmx/exits.h"
#include "vmx/guest_memory.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/registers.h"
#include "vmx/task_segments.h"

/* Exit qualification, bits 31:30. */
enum source { SOURCE_CALL, SOURCE_IRET, SOURCE_JMP, SOURCE_GATE };

enum { TYPE_WIDE = 1u << 3, DR7_LOCAL_ENABLES = 0x155, EXTERNAL_EVENT = 1 };
#define DR6_BT (UINT64_C(1) << 15)

struct task_switch {
    enum source source;
    uint16_t selector, old_selector;
    struct descriptor d; /* of the new TSS */
    bool wide;           /* it is a 32-bit TSS */
    uint64_t event;      /* IDT-vectoring information, if valid; else 0 */
    bool software;       /* an INT n, INT3, INTO or INT1 goes through the gate */
};

static void decode(const struct vcpu *vcpu, struct task_switch *task)
{
    uint64_t qualification = vcpu->element->qualification;
    uint64_t event = vmread(VMCS_IDT_VECTORING_INFORMATION);

    *task = (struct task_switch){
        .source = (enum source)(qualification >> 30 & 3),
        .selector = (uint16_t)qualification,
        .old_selector = (uint16_t)vmread(VMCS_GUEST_TR_SELECTOR),
        .event = event & INTERRUPTION_VALID ? event : 0,
    };
    task->software = task->event &&
                     (task->event & INTERRUPTION_TYPE_MASK) >= INTERRUPTION_TYPE_SOFTWARE_INTERRUPT;
}

/* The processor has checked all of this before the exit, apart from what paging says. */
static bool read_new(const struct vcpu *vcpu, struct task_switch *task, struct guest_fault *fault)
{
    unsigned vector = task->source == SOURCE_IRET ? EXCEPTION_TS : EXCEPTION_GP;
    uint32_t rights;

    if (!descriptor_read(vcpu, task->selector, DESCRIPTOR_BYTES, vector, &task->d, fault))
        return false;
    rights = descriptor_access_rights(&task->d);
    task->wide = rights & TYPE_WIDE;
    if (!(rights & ACCESS_RIGHTS_PRESENT))
        return selector_fault(fault, EXCEPTION_NP, task->selector);
    if (descriptor_limit(&task->d) < task_limit(task->wide))
        return selector_fault(fault, EXCEPTION_TS, task->selector);
    return true;
}

/* Where the old task goes on: after the instruction, unless an event broke in before it. */
static uint64_t return_address(const struct vcpu *vcpu, const struct task_switch *task)
{
    uint64_t rip = vcpu->element->rip;

    if (task->source != SOURCE_GATE || task->software)
        rip += vmread(VMCS_EXIT_INSTRUCTION_LENGTH);
    return rip;
}

static bool save_old(const struct vcpu *vcpu, const struct task_switch *task,
                     struct guest_fault *fault)
{
    bool wide = vmread(VMCS_GUEST_TR_ACCESS_RIGHTS) & TYPE_WIDE;
    struct task_image image = {
        .eip = (uint32_t)return_address(vcpu, task),
        .eflags = (uint32_t)vmread(VMCS_GUEST_RFLAGS),
    };

    if (task->source == SOURCE_IRET)
        image.eflags &= ~(uint32_t)RFLAGS_NT;
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        image.gpr[i] = (uint32_t)reg_read(vcpu, i, 4);
    for (unsigned i = 0; i < TASK_SEGMENTS; i++)
        image.segment[i] = (uint16_t)vmread(segment_selector((enum segment)i));
    return task_store(vcpu, vmread(VMCS_GUEST_TR_BASE), wide, &image, fault);
}

/* JMP and IRET leave the old task for good; all but IRET make the new one busy. */
static bool set_busy(const struct vcpu *vcpu, struct task_switch *task, struct guest_fault *fault)
{
    struct descriptor old;

    if (task->source == SOURCE_JMP || task->source == SOURCE_IRET)
        if (!descriptor_read(vcpu, task->old_selector, DESCRIPTOR_BYTES, EXCEPTION_TS, &old,
                             fault) ||
            !descriptor_set_type_bit(vcpu, &old, TYPE_BUSY, false, fault))
            return false;
    return task->source == SOURCE_IRET ||
           descriptor_set_type_bit(vcpu, &task->d, TYPE_BUSY, true, fault);
}

static bool nests(const struct task_switch *task)
{
    return task->source == SOURCE_CALL || task->source == SOURCE_GATE;
}

/* From here on the new task is the current one: faults are its own. */
static void enter(struct vcpu *vcpu, const struct task_switch *task, struct task_image *image)
{
    if (nests(task))
        image->eflags |= RFLAGS_NT;
    vmwrite(VMCS_GUEST_TR_SELECTOR, task->selector);
    vmwrite(VMCS_GUEST_TR_BASE, descriptor_base(&task->d));
    vmwrite(VMCS_GUEST_TR_LIMIT, descriptor_limit(&task->d));
    vmwrite(VMCS_GUEST_TR_ACCESS_RIGHTS, descriptor_access_rights(&task->d) | TYPE_BUSY);
    for (unsigned i = 0; i < TASK_REGISTERS; i++)
        reg_write(vcpu, i, 4, image->gpr[i]);
    vmwrite(VMCS_GUEST_RIP, image->eip);
    vmwrite(VMCS_GUEST_DR7, vmread(VMCS_GUEST_DR7) & ~(uint64_t)DR7_LOCAL_ENABLES);
    guest_write_cr0(vcpu, guest_cr0() | CR0_TS);
}

/* Bits of EFLAGS that VM entry wants fixed. SDM: "Checks on Guest RIP, RFLAGS, and SSP". */
static uint64_t valid_eflags(uint32_t eflags)
{
    const uint32_t defined = 0x3f7fd5;

    return (eflags & defined) | RFLAGS_FIXED;
}

/* An exception's error code goes onto the new task's stack. */
static bool push_error_code(struct vcpu *vcpu, const struct task_switch *task,
                            struct guest_fault *fault)
{
    size_t size = task->wide ? 4 : 2;
    unsigned stack = vmread(VMCS_GUEST_SS_ACCESS_RIGHTS) & ACCESS_RIGHTS_DB ? 4 : 2;
    uint64_t esp = truncate(reg_read(vcpu, RSP, stack) - size, stack), linear;
    uint32_t error_code = (uint32_t)vmread(VMCS_IDT_VECTORING_ERROR_CODE);

    if (!guest_segment(SEGMENT_SS, esp, size, GUEST_WRITE, &linear, fault) ||
        !guest_linear_write(vcpu, linear, &error_code, size, guest_access_now(GUEST_WRITE), fault))
        return false;
    reg_write(vcpu, RSP, stack, esp);
    return true;
}

static bool load_new(struct vcpu *vcpu, const struct task_switch *task, struct task_image *image,
                     struct guest_fault *fault)
{
    bool paging = guest_cr0() & CR0_PG;

    if (task->wide && paging && image->cr3 != vmread(VMCS_GUEST_CR3) &&
        !guest_write_cr3(vcpu, image->cr3))
        return selector_fault(fault, EXCEPTION_TS, task->selector);
    vmwrite(VMCS_GUEST_RFLAGS, valid_eflags(image->eflags));
    if (!task_load_segments(vcpu, image, fault))
        return false;
    return !(task->event & INTERRUPTION_ERROR_CODE_VALID) || push_error_code(vcpu, task, fault);
}

static bool switch_task(struct vcpu *vcpu, struct task_switch *task, struct task_image *image,
                        struct guest_fault *fault)
{
    uint16_t link = task->old_selector;

    if (!read_new(vcpu, task, fault) ||
        !task_load(vcpu, descriptor_base(&task->d), task->wide, image, fault) ||
        !save_old(vcpu, task, fault) || !set_busy(vcpu, task, fault))
        return false;
    if (nests(task) && !guest_linear_write(vcpu, descriptor_base(&task->d), &link, sizeof(link),
                                           GUEST_SYSTEM, fault))
        return false;
    enter(vcpu, task, image);
    return load_new(vcpu, task, image, fault);
}

/* The new task starts without what held events back from the old one. */
static void settle_events(const struct task_switch *task)
{
    uint64_t blocking = vmread(VMCS_GUEST_INTERRUPTIBILITY_STATE) & BLOCKING_BY_NMI;

    if (task->event && (task->event & INTERRUPTION_TYPE_MASK) == INTERRUPTION_TYPE_NMI)
        blocking = BLOCKING_BY_NMI;
    if (task->source == SOURCE_IRET)
        blocking = 0;
    vmwrite(VMCS_GUEST_INTERRUPTIBILITY_STATE, blocking);
    vmwrite(VMCS_GUEST_PENDING_DEBUG_EXCEPTIONS, 0);
}

/* What the EXT bit of error codes tells: anything but INT n, INT3 and INTO. SDM "Error Code". */
static bool external(const struct task_switch *task)
{
    return task->event && (!task->software || (task->event & INTERRUPTION_TYPE_MASK) ==
                                                  INTERRUPTION_TYPE_PRIVILEGED_SOFTWARE_EXCEPTION);
}

enum verdict exit_task_switch(struct vcpu *vcpu)
{
    struct task_switch task;
    struct task_image image;
    struct guest_fault fault;

    decode(vcpu, &task);
    TRACE_VMEXIT(vcpu, 1, task.selector);
    TRACE_VMEXIT(vcpu, 2, task.source);
    if (!switch_task(vcpu, &task, &image, &fault)) {
        if (external(&task) && fault.vector != EXCEPTION_PF)
            fault.error_code |= EXTERNAL_EVENT;
        return inject_combined_fault(vcpu, &fault);
    }
    settle_events(&task);
    if (image.debug_trap) {
        write_dr6(read_dr6() | DR6_BT);
        inject_exception(vcpu, EXCEPTION_DB, NO_ERROR_CODE);
    }
    return RESUME;
}
