/* SPDX-License-Identifier: MIT */
/*
 * When two exits are equal: the same reason, RIP, qualification and slots, ended alike (by an entry
 * or by the end of the run), as far as they are not to be ignored.
 */
#ifndef TRACE_HOST_DIFF_EQUALITY_H
#define TRACE_HOST_DIFF_EQUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

enum { EQUALITY_NAMES = 64, EQUALITY_RANGES = 16 };

/* What the user asked for. All zero: the defaults. */
struct equality {
    bool all; /* what depends on time or chance is not ignored */
    bool no_rip, no_qualification, no_slots, no_markers;
    unsigned names; /* reasons, slots, and slots of one reason: "HLT", "eax", "CPUID.eax" */
    char name[EQUALITY_NAMES][2 * SCHEMA_NAME + 2];
    unsigned ranges; /* numbers in one of them are equal to each other */
    struct equality_range {
        uint64_t first, last;
    } range[EQUALITY_RANGES];
};

/*
 * Takes a list of what to ignore: words with commas between. Returns the first word (cut to n bytes
 * in `wrong`) that is neither of those above nor a name of the built-in table; NULL if all is well.
 */
const char *equality_ignore(struct equality *equality, const char *list, char *wrong, size_t n);

/* Takes "FIRST-LAST", two numbers. False if it is no such range, or one too many. */
bool equality_moved(struct equality *equality, const char *range);

/* The same, ready for the reasons and slots of a log. */
struct equality_rows {
    const struct equality *equality;
    struct equality_row {
        bool passed_over;
        bool vmm_timer; /* passed over where slot 1 is 1: the VMM's own */
        bool msr;       /* slot 1 is the number of an MSR: of some the value is ignored */
        uint8_t pairs;  /* bit i: slot i holds two numbers */
        uint64_t mask[TRACE_SLOTS]; /* of slots 1-4: the bits that are compared */
    } row[SCHEMA_ROWS + 1];
};

/* Makes the rows for a schema. */
void equality_begin(struct equality_rows *rows, const struct equality *equality,
                    const struct schema *schema);

/*
 * The token of an element: equal for equal ones. False for an element that is passed over.
 */
bool equality_token(const struct equality_rows *rows, const struct trace_element *element,
                    uint64_t *token);

#endif
