/* SPDX-License-Identifier: MIT */
/* One virtual CPU: the guest's registers, its trace and its controls; nothing is shared between two. */
#ifndef VMX_VCPU_H
#define VMX_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/record.h"

/* General registers by the number that instructions and exit qualifications encode (RSP: in the VMCS). */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

/* What an exit handler decides. STOP: the handler has called vcpu_stop() with the reason. */
enum verdict { RESUME, STOP };

struct statistics;
struct trace_ring;
struct intercepts;
struct ept;

struct vcpu {
    uint64_t reg[16];                    /* indexed by enum gpr */
    struct trace_element *element;       /* where the current exit and its slots are written */
    struct trace_element *element_limit; /* where trace_commit_slowly() has to be asked for more */
    bool tracing;  /* records and statistics are kept (VMCALL trace on, off) */
    bool launched; /* the VMCS has been launched: enter by VMRESUME */
    uint16_t id;
    struct statistics *statistics;
    struct trace_ring *ring;
    struct ept *ept;
    struct intercepts *intercepts; /* what exits, and the control words in force */
    uint32_t stop_status;          /* what vcpu_stop() was told */
    char stop_reason[160];
    bool entry_failed; /* the processor refused the VMCS as it is now */
};

/*
 * TRACE_VMEXIT - writes value slot slot_number (0-4, a constant) of the exit being handled.
 * Slot 0 is the exit reason and is written by the run loop; exit_reasons.def names the others.
 */
#define TRACE_VMEXIT(vcpu, slot_number, value)                                                     \
    do {                                                                                           \
        (vcpu)->element->slot[slot_number] = (uint64_t)(value);                                    \
        (vcpu)->element->written |= (uint8_t)(1u << (slot_number));                                \
    } while (0)

/*
 * Ends the guest's run: records the status (0 = success) and the line that says why.
 * The handler returns STOP after it; the run loop flushes the trace.
 */
void vcpu_stop(struct vcpu *vcpu, uint32_t status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
