/* SPDX-License-Identifier: MIT */
/* Counts and handling times per exit reason, gathered from records. */
#ifndef TRACE_HOST_SHOW_EXIT_TABLE_H
#define TRACE_HOST_SHOW_EXIT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/histogram.h"
#include "trace/host/show/output.h"
#include "trace/host/show/schema.h"
#include "trace/record.h"
#include "trace/statistics.h"

/* Times are TSC ticks from exit to entry. */
struct exit_row {
    uint64_t count;   /* exits, those that ended the run too */
    uint64_t stopped; /* of these, the ones that ended the run: they have no time */
    uint64_t sum, min, max;
    uint64_t p50, p99;       /* filled in by exit_table_print() */
    struct histogram *times; /* NULL: p50 and p99 are known already, or there are no times */
};

struct exit_table {
    struct exit_row row[SCHEMA_ROWS + 1]; /* by basic exit reason; the last: reasons beyond */
};

enum table_unit { TABLE_TICKS, TABLE_MICROSECONDS };
enum table_order { TABLE_BY_TOTAL, TABLE_BY_COUNT, TABLE_BY_REASON };

struct table_style {
    enum table_unit unit; /* microseconds need tsc_hz */
    enum table_order order;
    uint64_t tsc_hz;
    const struct schema *schema;
};

/* Counts an exit element. False without memory. */
bool exit_table_add(struct exit_table *table, const struct trace_element *element);

/*
 * Fills an empty table from the VMM's own statistics; p50 and p99 are then upper bounds by powers
 * of two.
 */
void exit_table_set(struct exit_table *table, const struct statistics *statistics);

/* Prints a line for each reason that has any exits, and their sums. */
void exit_table_print(struct exit_table *table, const struct table_style *style,
                      struct output *output);

/* Makes it empty again. */
void exit_table_clear(struct exit_table *table);

#endif
