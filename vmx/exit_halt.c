/* SPDX-License-Identifier: MIT */
/* Waiting: HLT, PAUSE, MONITOR and MWAIT, UMWAIT and TPAUSE. */
#include "vmm/memory.h"
#include "vmm/string.h"
#include "vmm/trace_out.h"
#include "vmx/exit_cpuid.h"
#include "vmx/exits.h"
#include "vmx/guest_memory.h"
#include "vmx/guest_mode.h"
#include "vmx/inject.h"
#include "vmx/instruction_info.h"
#include "vmx/intercept.h"
#include "vmx/msr.h"
#include "vmx/mtrr.h"
#include "vmx/registers.h"

enum { CPUID_MONITOR = 5, MWAIT_BREAK_ON_INTERRUPT = 1, PAGE_BYTES = 4096 };
enum { CPUID_5_ECX_EXTENSIONS = 1u << 0, CPUID_5_ECX_INTERRUPT_BREAK = 1u << 1 };

/*
 * The guest halts for real: the next entry is into the activity state HLT, and what wakes a
 * processor wakes it. A processor that cannot enter there makes the HLT end at once, as an SMI may
 * do anyway.
 */
enum verdict exit_hlt(struct vcpu *vcpu)
{
    uint64_t rflags = vmread(VMCS_GUEST_RFLAGS);

    TRACE_VMEXIT(vcpu, 1, (rflags & RFLAGS_IF) != 0);
    skip_instruction(vcpu);
    if (vcpu->intercepts->state.caps->misc & VMX_MISC_ACTIVITY_HLT)
        vmwrite(VMCS_GUEST_ACTIVITY_STATE, ACTIVITY_HLT);
    return RESUME;
}

enum verdict exit_pause(struct vcpu *vcpu)
{
    skip_instruction(vcpu);
    return RESUME;
}

/* Only write-back memory can be monitored; reading anything else might have effects. */
static bool write_back(const struct exit_state *state, uint64_t gpa)
{
    bool uniform;

    return mtrr_type(state->mtrr, gpa & ~(uint64_t)(PAGE_BYTES - 1), PAGE_BYTES, &uniform) ==
           MEMORY_TYPE_WB;
}

/*
 * Exits and entries may disarm the processor's monitor. So the line's content is noted: at the
 * MWAIT the monitor is armed anew, and whether something was stored since shows by comparison.
 */
enum verdict exit_monitor(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;
    uint64_t offset = reg_read(vcpu, RAX, guest_address_size());
    struct guest_span span;

    TRACE_VMEXIT(vcpu, 1, offset);
    TRACE_VMEXIT(vcpu, 2, (uint32_t)vcpu->reg[RCX]);
    TRACE_VMEXIT(vcpu, 3, (uint32_t)vcpu->reg[RDX]);
    if ((uint32_t)vcpu->reg[RCX]) { /* no extensions are defined */
        inject_gp0(vcpu);
        return RESUME;
    }
    if (!guest_map_operand(vcpu, SEGMENT_DS, offset, 1, GUEST_READ, &span))
        return RESUME;
    state->monitor_line = span.gpa[0] & ~(uint64_t)(MONITOR_LINE - 1);
    state->monitor_armed = guest_physical_allowed(state->monitor_line, MONITOR_LINE) &&
                           write_back(state, state->monitor_line);
    if (state->monitor_armed)
        guest_physical_read(state->monitor_line, state->monitor_content, MONITOR_LINE);
    skip_instruction(vcpu);
    return RESUME;
}

/* Waits in root operation for a store to the line, an interrupt (masked or not) or an NMI. */
static void wait_for_store(const struct exit_state *state, uint32_t hints)
{
    const void *line = (const void *)(uintptr_t)state->monitor_line;

    __asm__ volatile("monitor" : : "a"(line), "c"(0), "d"(0) : "memory");
    if (!memcmp(line, state->monitor_content, MONITOR_LINE))
        __asm__ volatile("mwait" : : "a"(hints), "c"(MWAIT_BREAK_ON_INTERRUPT) : "memory");
}

/*
 * An MWAIT may end at any time, so that waking too early is right; not at all would be wrong. Hence
 * masked interrupts wake it even where the guest did not ask for that.
 */
enum verdict exit_mwait(struct vcpu *vcpu)
{
    struct exit_state *state = &vcpu->intercepts->state;
    uint32_t hints = (uint32_t)vcpu->reg[RAX], extensions = (uint32_t)vcpu->reg[RCX];
    uint32_t features = guest_cpuid(vcpu, CPUID_MONITOR, 0).ecx;
    bool can_break =
        (features & CPUID_5_ECX_EXTENSIONS) && (features & CPUID_5_ECX_INTERRUPT_BREAK);

    TRACE_VMEXIT(vcpu, 1, hints);
    TRACE_VMEXIT(vcpu, 2, extensions);
    if (extensions > (can_break ? MWAIT_BREAK_ON_INTERRUPT : 0)) {
        inject_gp0(vcpu);
        return RESUME;
    }
    if (state->monitor_armed && can_break) {
        trace_idle(vcpu);
        wait_for_store(state, hints);
    }
    state->monitor_armed = false;
    skip_instruction(vcpu);
    return RESUME;
}

/*
 * UMWAIT and TPAUSE exit with "RDTSC exiting", because they compare the TSC. Like MWAIT they may end
 * at any time: here at once, before the deadline (CF = 0), the other arithmetic flags cleared.
 */
enum verdict exit_user_wait(struct vcpu *vcpu)
{
    const uint64_t written = RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF;
    unsigned control = info_register1(vmread(VMCS_EXIT_INSTRUCTION_INFORMATION));
    uint64_t state = reg_read(vcpu, control, 4);

    TRACE_VMEXIT(vcpu, 1, state);
    TRACE_VMEXIT(vcpu, 2, vcpu->reg[RDX] << 32 | truncate(vcpu->reg[RAX], 4));
    if (state > 1) { /* bit 0: which of two states; the others are reserved */
        inject_gp0(vcpu);
        return RESUME;
    }
    vmwrite(VMCS_GUEST_RFLAGS, vmread(VMCS_GUEST_RFLAGS) & ~written);
    skip_instruction(vcpu);
    return RESUME;
}
