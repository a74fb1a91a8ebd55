/* SPDX-License-Identifier: MIT */
/*
 * The names of exit reasons and slots that are in force for a log: its START record's, which may be
 * of an older or newer vexit, or the built-in table's; ready to be copied into lines.
 */
#ifndef TRACE_HOST_SHOW_SCHEMA_H
#define TRACE_HOST_SHOW_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/exit_reasons.h"
#include "trace/record.h"

enum {
    SCHEMA_ROWS = 256, /* basic exit reasons that can be named; the row after them is for others */
    SCHEMA_NAME = 31,  /* longest name */
    PIECE_SIZE = 48,
};

/* Constant text of a line: copied whole, as copies of a constant size are fast, and cut then. */
struct piece {
    char text[PIECE_SIZE - 1];
    uint8_t length;
};

struct schema_row {
    char name[SCHEMA_NAME + 1]; /* empty: no such exit reason */
    bool has_qualification;
    struct piece exit;  /* " exit CPUID rip=0x" */
    struct piece entry; /* " entry CPUID" */
    struct piece stop;  /* " stop CPUID" */
    struct schema_slot {
        enum slot_kind kind;
        char name[SCHEMA_NAME + 1]; /* "leaf"; PAIR32: "eax:ebx"; EMPTY: "s1" to "s4" */
        struct piece low;           /* " leaf=0x"; " value=" where the number is decimal */
        struct piece high;          /* PAIR32: before the second half */
    } slot[TRACE_SLOTS];            /* 1-4 */
};

struct schema {
    struct schema_row row[SCHEMA_ROWS + 1];
};

/* Fills in the built-in table's names. */
void schema_begin(struct schema *schema);

/*
 * Takes the "slots" lines of a START payload of n bytes. A line that is malformed changes nothing
 * and is counted in the result, as only names depend on it.
 */
unsigned schema_read(struct schema *schema, const char *payload, size_t n);

/* The number of the row of a full 32-bit exit reason. */
static inline uint16_t schema_number(uint32_t reason)
{
    uint32_t basic = reason & EXIT_REASON_BASIC;

    return (uint16_t)(basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS);
}

/* The row of a full 32-bit exit reason. */
static inline const struct schema_row *schema_row(const struct schema *schema, uint32_t reason)
{
    return &schema->row[schema_number(reason)];
}

/* The printable name of a row. */
static inline const char *schema_name(const struct schema_row *row)
{
    return row->name[0] ? row->name : "UNKNOWN";
}

/* The name of row i of struct statistics; the last one is that of all reasons unknown to the VMM. */
static inline const char *schema_statistics_name(const struct schema *schema, unsigned i)
{
    return schema_name(schema_row(schema, i < EXIT_REASONS ? i : EXIT_REASON_BASIC));
}

#endif
