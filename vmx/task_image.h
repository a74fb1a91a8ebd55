/* SPDX-License-Identifier: MIT */
/* A task's state as its TSS holds it. SDM: "Task-State Segment (TSS)", "16-Bit TSS". */
#ifndef VMX_TASK_IMAGE_H
#define VMX_TASK_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/guest_memory.h"
#include "vmx/vcpu.h"

enum { TASK_SEGMENTS = 6, TASK_REGISTERS = 8 };

struct task_image {
    uint32_t cr3; /* of 32-bit TSSs */
    uint32_t eip, eflags;
    uint32_t gpr[TASK_REGISTERS];    /* EAX ECX EDX EBX ESP EBP ESI EDI */
    uint16_t segment[TASK_SEGMENTS]; /* ES CS SS DS FS GS */
    uint16_t ldt;
    bool debug_trap;
};

/* The least limit of a TSS: of the 32-bit or the 16-bit kind. */
static inline uint32_t task_limit(bool wide)
{
    return wide ? 0x67 : 0x2b;
}

/*
 * task_load, task_store - from and to a TSS at a linear address. Only what a task switch saves is
 * stored: EIP, EFLAGS, the general registers, ES to GS (ES to DS where not wide).
 */
bool task_load(const struct vcpu *vcpu, uint64_t linear, bool wide, struct task_image *image,
               struct guest_fault *fault);
bool task_store(const struct vcpu *vcpu, uint64_t linear, bool wide, const struct task_image *image,
                struct guest_fault *fault);

#endif
