/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and interrupts of the guest, and the way to try an instruction that may fault:
 *
 *     struct trap t = TRY("mov %0, %%cr0", (), ("r"(value)), ());
 *
 * runs it, with the lists of outputs, inputs and clobbers of inline assembly, and says what it
 * took. Execution goes on behind the instruction in any case. It works at any CPL; within the
 * instruction's text the labels 1 and 2 are taken, and memory and flags count as clobbered.
 */
#ifndef GUEST_TRAP_H
#define GUEST_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/x86.h"

/* What the stubs of vectors.S push, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

enum { NO_TRAP = -1 };

/* Where the pushed RIP pointed: at the instruction tried (a fault) or behind it (a trap). */
enum trap_place { TRAP_AT, TRAP_BEHIND };

struct trap {
    int vector; /* NO_TRAP where nothing happened */
    enum trap_place place;
    uint64_t error_code; /* 0 for vectors without one */
    uint64_t rflags;     /* as pushed */
    uint64_t cr2;        /* for #PF */
    uint64_t dr6;        /* for #DB */
    uint64_t rsp;
    uint16_t cs;
};

/* Loads the IDT: every vector is caught. */
void trap_init(void);

/* From now on handler is called for vector instead of what TRY does; NULL ends that. */
typedef void trap_handler(struct trap_frame *frame);
void trap_handle(unsigned vector, trap_handler *handler);

/* Short name of a vector: "#GP", or "interrupt". */
const char *trap_name(unsigned vector);

/* The parts of TRY. */
void trap_arm(void);
struct trap trap_disarm(void);

/* Rows for an instruction between two labels: a fault at the first and a trap at the second. */
#define TRAP_FIXUP(first, second) X86_FIXUP(first, second) X86_FIXUP(second, second)

#define TRY(instruction, outputs, inputs, clobbers)                                                \
    ({                                                                                             \
        trap_arm();                                                                                \
        __asm__ volatile("1: " instruction "\n2:" TRAP_FIXUP("1b", "2b")                           \
                         : TRY_LIST outputs                                                        \
                         : TRY_LIST inputs                                                         \
                         : TRY_CLOBBERS clobbers);                                                 \
        trap_disarm();                                                                             \
    })
#define TRY_LIST(...)     __VA_ARGS__
#define TRY_CLOBBERS(...) "memory", "cc" __VA_OPT__(, ) __VA_ARGS__

/* The gates, for checks that spoil one for a while: SDM "64-Bit Mode IDT". */
struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

enum { GATE_PRESENT = 0x80, GATE_DPL3 = 0x60, GATE_INTERRUPT = 0x0e };

enum {
    VECTOR_USER_RETURN = 0x80, /* user.S: leaves CPL 3 */
    VECTOR_USER_OPEN = 0x81,   /* INT from CPL 3 is allowed */
    VECTOR_SMALL_TSS = 0x82,   /* the same, on IST7, which SELECTOR_SMALL_TSS has not */
};

extern struct gate trap_gates[256];

#endif
