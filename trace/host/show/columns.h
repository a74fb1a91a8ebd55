/* SPDX-License-Identifier: MIT */
/*
 * What can be told of an exit, by name: fields of its record (vcpu, reason, rip, ...), its slots by
 * the names of the log's schema, the parts of its qualification, and the aliases of columns.def.
 */
#ifndef TRACE_HOST_SHOW_COLUMNS_H
#define TRACE_HOST_SHOW_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/show/fields.h"
#include "trace/host/show/schema.h"
#include "trace/record.h"

enum { COLUMNS_MAX = 16, COLUMN_TEXT = 2 * SCHEMA_NAME + 2 };

enum column_form { COLUMN_DEC, COLUMN_HEX, COLUMN_FIELD, COLUMN_REASON };

/* Where exits of one reason have the column's value. */
struct column_place {
    enum {
        COLUMN_NOWHERE = 0, /* 1-4: the slot */
        COLUMN_QUALIFICATION = TRACE_SLOTS,
        COLUMN_RIP,
        COLUMN_VCPU,
        COLUMN_ROW,
        COLUMN_EXIT_TSC,
        COLUMN_TICKS,
    } source;
    enum column_form form;
    unsigned shift;
    uint64_t mask;             /* after shifting */
    const struct field *field; /* FIELD */
    const char *name;          /* details: what it is of this reason */
};

struct column {
    char name[COLUMN_TEXT];
    bool detail; /* its meaning depends on the reason */
    struct column_place place[SCHEMA_ROWS + 1];
};

struct columns {
    unsigned n;
    struct column column[COLUMNS_MAX];
};

/*
 * Takes names separated by commas. False where one is empty, too long or there twice, or there are
 * too many. What they mean is known after columns_resolve().
 */
bool columns_parse(struct columns *columns, const char *list);

/*
 * Finds the columns in the schema, which must stay. Returns the name of one that is in no row of
 * it, or NULL.
 */
const char *columns_resolve(struct columns *columns, const struct schema *schema);

/* All names that every log has, separated by commas: for messages. */
extern const char columns_names[];

/* The row of the schema that an exit's places are those of. */
static inline unsigned columns_row(const struct trace_element *element)
{
    uint32_t basic = element->reason & EXIT_REASON_BASIC;

    return basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS;
}

/* The value of a column for an exit whose row is `row`. False where it has none. */
static inline bool column_value(const struct column *column, const struct trace_element *element,
                                unsigned row, uint64_t *value)
{
    const struct column_place *place = &column->place[row];

    switch (place->source) {
    case COLUMN_NOWHERE:
        return false;
    case COLUMN_QUALIFICATION:
        *value = element->qualification;
        break;
    case COLUMN_RIP:
        *value = element->rip;
        break;
    case COLUMN_VCPU:
        *value = element->vcpu;
        break;
    case COLUMN_ROW:
        *value = row;
        break;
    case COLUMN_EXIT_TSC:
        *value = element->exit_tsc;
        break;
    case COLUMN_TICKS:
        if (element->kind != TRACE_EXIT_ENTRY)
            return false;
        *value = element->entry_tsc - element->exit_tsc;
        break;
    default:
        if (!(element->written >> place->source & 1))
            return false;
        *value = element->slot[place->source];
    }
    *value = *value >> place->shift & place->mask;
    return true;
}

/*
 * A value of a column as text, without its name but for details ("leaf=0x1"). `row` is that of an
 * exit that had it.
 */
void column_text(char text[COLUMN_TEXT], const struct column *column, const struct schema *schema,
                 unsigned row, uint64_t value);

#endif
