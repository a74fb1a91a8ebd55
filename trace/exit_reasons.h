/* SPDX-License-Identifier: MIT */
/* The names of exit reasons and of their slots, all from exit_reasons.def. */
#ifndef TRACE_EXIT_REASONS_H
#define TRACE_EXIT_REASONS_H

#include <stdbool.h>
#include <stdint.h>

/* The basic exit reasons: EXIT_REASON_CPUID and so on. */
enum exit_reason {
#define SLOT(name, kind)
#define EMPTY
#define EXIT_REASON(number, name, words, qualification, s1, s2, s3, s4) EXIT_REASON_##name = number,
#include "trace/exit_reasons.def"
    EXIT_REASONS = 86, /* the length of a table indexed by basic exit reason */
};

/* SDM volume 3, "Basic VM-Exit Information": the exit-reason field. */
enum {
    EXIT_REASON_BASIC = 0xffff,        /* bits 15:0 */
    EXIT_REASON_ENCLAVE = 1 << 27,     /* incident to enclave mode */
    EXIT_REASON_PENDING_MTF = 1 << 28, /* pending MTF VM exit */
    EXIT_REASON_FROM_ROOT = 1 << 29,   /* VM exit from VMX root operation */
};
#define EXIT_REASON_ENTRY_FAILURE 0x80000000u /* bit 31: VM-entry failure */

enum slot_kind { SLOT_EMPTY = 0, SLOT_DEC, SLOT_HEX, SLOT_PAIR32, SLOT_TSC, SLOT_QUALIFICATION };

struct slot_row {
    const char *name; /* PAIR32: "low:high"; never NULL in a row that has a kind */
    enum slot_kind kind;
};

struct exit_reason_row {
    const char *name;  /* CPUID; NULL: no such exit reason */
    const char *words; /* the SDM's words */
    bool has_qualification;
    struct slot_row slot[5]; /* [0] is the reason itself and stays empty */
};

extern const struct exit_reason_row exit_reasons[EXIT_REASONS];

/*
 * The row of a full 32-bit exit reason, by its basic part. Never NULL: a reason outside the table
 * gets a row whose name is NULL and whose slots are all empty.
 */
const struct exit_reason_row *exit_reason_row(uint32_t reason);

/* The printable name of a full 32-bit exit reason: "CPUID", or "UNKNOWN" outside the table. */
const char *exit_reason_name(uint32_t reason);

#endif
