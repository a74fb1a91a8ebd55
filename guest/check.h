/* SPDX-License-Identifier: MIT */
/*
 * How the guest reports: one line a check,
 *
 *     ok CLASS TEXT          or          FAIL CLASS TEXT: what was seen
 *
 * or `known` instead of FAIL where the machine is known to depart (departures.h).
 *
 * Lines that only a guest of vexit prints start with "vexit: "; all others are the same on the
 * bare machine. So no line holds times, addresses or values that may differ between two runs.
 */
#ifndef GUEST_CHECK_H
#define GUEST_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/trap.h"

/* The classes, in the order in which they run: `void check_<name>(void)`. */
#define CHECK_CLASSES(CLASS)                                                                       \
    CLASS(boot)                                                                                    \
    CLASS(cpuid)                                                                                   \
    CLASS(msr)                                                                                     \
    CLASS(io)                                                                                      \
    CLASS(cr)                                                                                      \
    CLASS(modes)                                                                                   \
    CLASS(dr)                                                                                      \
    CLASS(exceptions)                                                                              \
    CLASS(tables)                                                                                  \
    CLASS(tsc)                                                                                     \
    CLASS(step)                                                                                    \
    CLASS(interrupts)                                                                              \
    CLASS(halt)                                                                                    \
    CLASS(cache)                                                                                   \
    CLASS(rand)                                                                                    \
    CLASS(xsave)                                                                                   \
    CLASS(vmx)                                                                                     \
    CLASS(memory)                                                                                  \
    CLASS(vmcall)

#define CHECK_DECLARE(name) void check_##name(void);
CHECK_CLASSES(CHECK_DECLARE)
#undef CHECK_DECLARE

/* What the checks may ask about their surroundings; main.c sets it. */
struct surroundings {
    bool vexit;           /* CPUID has vexit's signature */
    bool quiet;           /* print failures only */
    uint16_t hidden_port; /* the VMM's own serial port, 0 for none */
    const struct multiboot1_information *multiboot;
};

extern struct surroundings surroundings;

/* Names the class that the next lines belong to. */
void check_class(const char *name);

/* Between these two, lines are of vexit's guests only. */
void check_vexit_begin(void);
void check_vexit_end(void);

/* One check; returns good. The text says what is right. */
bool check(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a value; a failure shows both. */
bool check_equal(uint64_t got, uint64_t want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * An instruction must have raised the fault, with RIP at it and RFLAGS.RF as the SDM says for a
 * fault; "takes #GP(0)" or so is added to the text. error_code is 0 for vectors without one.
 */
bool check_fault(struct trap trap, unsigned vector, uint64_t error_code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* An instruction must have raised the trap, with RIP behind it and RF clear. */
bool check_trap(struct trap trap, unsigned vector, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* An instruction must have raised nothing. */
bool check_clean(struct trap trap, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A line that is no check. */
void check_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Prints the sums and returns the number of failures. */
unsigned check_summary(void);

/* Something went so wrong that nothing can go on: a FAIL line, and the end of the run. */
void check_abort(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
