/* SPDX-License-Identifier: MIT */
/* What can be told of an exit, by name. */
#include "trace/host/show/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/scan.h"

static const struct record_field {
    const char *name;
    struct column_place place;
} record_fields[] = {
#define RECORD(name, from, how, words)                                                             \
    { #name, { .source = (from), .form = (how), .mask = UINT64_MAX } },
#define ALIAS(name, slot, mask, words)
#define DETAIL(reason, slot)
#include "trace/host/show/columns.def"
};

static const struct alias {
    const char *name, *slot;
    uint64_t mask;
} aliases[] = {
#define RECORD(name, source, form, words)
#define ALIAS(name, slot, mask, words) { #name, slot, mask },
#define DETAIL(reason, slot)
#include "trace/host/show/columns.def"
};

static const struct detail {
    unsigned row;
    const char *slot; /* or an alias; empty: none */
} details[] = {
#define RECORD(name, source, form, words)
#define ALIAS(name, slot, mask, words)
#define DETAIL(reason, slot) { EXIT_REASON_##reason, slot },
#include "trace/host/show/columns.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char columns_names[] =
#define RECORD(name, source, form, words) #name ", "
#define ALIAS(name, slot, mask, words)    #name ", "
#define DETAIL(reason, slot)
#include "trace/host/show/columns.def"
    "the name of a slot or of a part of the qualification";

static bool has_column(const struct columns *columns, const char *name)
{
    for (unsigned i = 0; i < columns->n; i++)
        if (strcmp(columns->column[i].name, name) == 0)
            return true;
    return false;
}

bool columns_parse(struct columns *columns, const char *list)
{
    struct scan rest = scan_string(list), word;

    columns->n = 0;
    do {
        struct column *column = &columns->column[columns->n];

        word = scan_until(&rest, ',');
        if (scan_empty(&word) || (size_t)(word.end - word.at) >= sizeof(column->name) ||
            columns->n == COLUMNS_MAX)
            return false;
        scan_copy(&word, column->name, sizeof(column->name));
        if (has_column(columns, column->name))
            return false;
        columns->n++;
    } while (word.end != rest.end);
    return true;
}

/* Whether `name` is the n characters at `text`. */
static bool is_name(const char *name, const char *text, size_t n)
{
    return strlen(name) == n && memcmp(name, text, n) == 0;
}

/* A slot of the row by its name, or by the name of one half of a pair. */
static bool find_slot(const struct schema_row *row, const char *name, struct column_place *place)
{
    for (unsigned i = 1; i < TRACE_SLOTS; i++) {
        const struct schema_slot *slot = &row->slot[i];
        size_t low = strcspn(slot->name, ":");
        bool pair = slot->kind == SLOT_PAIR32, whole = strcmp(slot->name, name) == 0;
        bool high = pair && strcmp(slot->name + low + (slot->name[low] != '\0'), name) == 0;

        if (slot->kind == SLOT_EMPTY ||
            !(whole || (pair && is_name(name, slot->name, low)) || high))
            continue;
        place->source = i;
        place->form = slot->kind == SLOT_DEC || slot->kind == SLOT_TSC ? COLUMN_DEC : COLUMN_HEX;
        place->shift = high ? 32 : 0;
        place->mask = pair && !whole ? UINT32_MAX : UINT64_MAX;
        return true;
    }
    return false;
}

static bool find_field(unsigned row, const char *name, struct column_place *place)
{
    for (size_t i = 0; i < fields_n; i++)
        if (fields[i].reason == row && strcmp(fields[i].name, name) == 0) {
            place->source = COLUMN_QUALIFICATION;
            place->form = COLUMN_FIELD;
            place->shift = fields[i].first;
            place->mask = field_value(&fields[i], UINT64_MAX);
            place->field = &fields[i];
            return true;
        }
    return false;
}

/* An alias stands for slots of that name, but for no halves of pairs. */
static bool find_alias(const struct schema_row *row, const char *name, struct column_place *place)
{
    for (size_t i = 0; i < COUNT(aliases); i++) {
        if (strcmp(aliases[i].name, name) != 0)
            continue;
        if (!find_slot(row, aliases[i].slot, place) || place->mask != UINT64_MAX) {
            *place = (struct column_place){ 0 };
            return false;
        }
        place->mask = aliases[i].mask;
        place->form = COLUMN_HEX;
        return true;
    }
    return false;
}

/* What says most of an exit whose row is `number`. */
static bool find_detail(const struct schema *schema, unsigned number, struct column_place *place)
{
    const struct schema_row *row = &schema->row[number];
    const char *name =
        row->slot[1].kind == SLOT_EMPTY || row->slot[1].kind == SLOT_TSC ? "" : row->slot[1].name;

    for (size_t i = 0; i < COUNT(details); i++)
        if (details[i].row == number)
            name = details[i].slot;
    place->name = name;
    return *name && (find_alias(row, name, place) || find_slot(row, name, place));
}

static bool find_record(const char *name, struct column_place *place)
{
    for (size_t i = 0; i < COUNT(record_fields); i++)
        if (strcmp(record_fields[i].name, name) == 0) {
            *place = record_fields[i].place;
            return true;
        }
    return false;
}

/* The SDM does not define a qualification for every reason. */
static bool without_qualification(const struct schema_row *row, const struct column_place *place)
{
    return place->source == COLUMN_QUALIFICATION && !row->has_qualification;
}

static bool resolve(struct column *column, const struct schema *schema)
{
    bool found = false;

    memset(column->place, 0, sizeof(column->place));
    column->detail = strcmp(column->name, "detail") == 0;
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++) {
        const struct schema_row *row = &schema->row[i];
        struct column_place *place = &column->place[i];

        if (column->detail)
            found |= find_detail(schema, i, place);
        else
            found |= find_record(column->name, place) || find_alias(row, column->name, place) ||
                     find_slot(row, column->name, place) || find_field(i, column->name, place);
        if (without_qualification(row, place))
            *place = (struct column_place){ 0 };
    }
    return found;
}

const char *columns_resolve(struct columns *columns, const struct schema *schema)
{
    for (unsigned i = 0; i < columns->n; i++)
        if (!resolve(&columns->column[i], schema))
            return columns->column[i].name;
    return NULL;
}

void column_text(char text[COLUMN_TEXT], const struct column *column, const struct schema *schema,
                 unsigned row, uint64_t value)
{
    const struct column_place *place = &column->place[row];
    int n = column->detail ? snprintf(text, COLUMN_TEXT, "%s=", place->name) : 0;
    char field[FIELD_TEXT];

    switch (place->form) {
    case COLUMN_REASON:
        snprintf(text + n, COLUMN_TEXT - (size_t)n, "%s",
                 schema_name(&schema->row[value <= SCHEMA_ROWS ? value : SCHEMA_ROWS]));
        break;
    case COLUMN_FIELD:
        field_text(field, place->field, value);
        snprintf(text + n, COLUMN_TEXT - (size_t)n, "%s", field);
        break;
    case COLUMN_DEC:
        snprintf(text + n, COLUMN_TEXT - (size_t)n, "%" PRIu64, value);
        break;
    case COLUMN_HEX:
        snprintf(text + n, COLUMN_TEXT - (size_t)n, "0x%" PRIx64, value);
        break;
    }
}
