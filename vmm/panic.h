/* SPDX-License-Identifier: MIT */
/* The end of the VMM itself: an assertion that failed, or an exception in root operation. */
#ifndef VMM_PANIC_H
#define VMM_PANIC_H

#include <stdint.h>

/* What vmm/traps.S pushes, lowest address first. */
struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error_code, rip, cs, rflags, rsp, ss;
};

/* Sends what the trace holds, then one line with the reason, and stops the machine. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same for an exception that the VMM caused: names the vector and the place. */
_Noreturn void panic_trap(const struct trap_frame *frame);

/* Stops this CPU for good, interrupts off. */
_Noreturn void stop_cpu(void);

/* Always compiled in. */
#define ASSERT(condition)                                                                          \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition);                  \
    } while (0)

#endif
