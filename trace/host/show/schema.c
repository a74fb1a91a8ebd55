/* SPDX-License-Identifier: MIT */
/* The names of exit reasons and slots that are in force for a log. */
#include "trace/host/show/schema.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/scan.h"

static void set_piece(struct piece *piece, const char *before, const char *name, size_t n,
                      const char *after)
{
    snprintf(piece->text, sizeof(piece->text), "%s%.*s%s", before, (int)n, name, after);
    piece->length = (uint8_t)strlen(piece->text);
}

/* name: "value", or "eax:ebx" where the slot is a pair. */
static void set_slot(struct schema_slot *slot, enum slot_kind kind, const char *name)
{
    bool decimal = kind == SLOT_DEC || kind == SLOT_TSC;
    size_t low = strcspn(name, ":");

    slot->kind = kind;
    snprintf(slot->name, sizeof(slot->name), "%s", name);
    set_piece(&slot->low, " ", name, low, decimal ? "=" : "=0x");
    if (kind == SLOT_PAIR32)
        set_piece(&slot->high, " ", name + low + 1, strlen(name + low + 1), "=0x");
}

/* Names the row, and its slots as if the table had left them all empty. */
static void set_row(struct schema_row *row, const char *name, bool has_qualification)
{
    snprintf(row->name, sizeof(row->name), "%s", name);
    row->has_qualification = has_qualification;
    name = schema_name(row);
    set_piece(&row->exit, " exit ", name, strlen(name), " rip=0x");
    set_piece(&row->entry, " entry ", name, strlen(name), "");
    set_piece(&row->stop, " stop ", name, strlen(name), "");
    for (int i = 1; i < TRACE_SLOTS; i++) {
        const char number_name[] = { 's', (char)('0' + i), '\0' };

        set_slot(&row->slot[i], SLOT_EMPTY, number_name);
    }
}

static struct schema built_in;

static void make_built_in(void)
{
    for (uint32_t i = 0; i <= SCHEMA_ROWS; i++) {
        const struct exit_reason_row *from = exit_reason_row(i);

        set_row(&built_in.row[i], from->name ? from->name : "", from->has_qualification);
        for (int s = 1; s < TRACE_SLOTS; s++)
            if (from->slot[s].kind != SLOT_EMPTY)
                set_slot(&built_in.row[i].slot[s], from->slot[s].kind, from->slot[s].name);
    }
}

/* A log may hold a great many runs, and making the names takes long. */
void schema_begin(struct schema *schema)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, make_built_in);
    *schema = built_in;
}

/* A name goes to the terminal: letters, digits and little else. */
static bool take_name(struct scan word, bool pair, char name[SCHEMA_NAME + 1])
{
    size_t n = (size_t)(word.end - word.at), colons = 0;

    if (n == 0 || n > SCHEMA_NAME)
        return false;
    scan_copy(&word, name, SCHEMA_NAME + 1);
    for (const char *c = name; *c; c++)
        if (*c == ':')
            colons++;
        else if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                   (*c >= '0' && *c <= '9') || *c == '_' || *c == '-' || *c == '.'))
            return false;
    return colons == pair;
}

/* A kind that only a newer vexit knows is a number like any other. */
static enum slot_kind kind_of(const struct scan *word)
{
    static const struct {
        const char *name;
        enum slot_kind kind;
    } kinds[] = {
        { "dec", SLOT_DEC },
        { "pair32", SLOT_PAIR32 },
        { "tsc", SLOT_TSC },
        { "qualification", SLOT_QUALIFICATION },
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (scan_is(word, kinds[i].name))
            return kinds[i].kind;
    return SLOT_HEX;
}

/* "leaf/hex", or "-" for a slot without a meaning. */
static bool read_slot(struct scan word, struct schema_slot *slot)
{
    char name[SCHEMA_NAME + 1];

    if (scan_is(&word, "-"))
        return true;

    struct scan name_word = scan_until(&word, '/');
    enum slot_kind kind = kind_of(&word);

    if (scan_empty(&word) || !take_name(name_word, kind == SLOT_PAIR32, name))
        return false;
    set_slot(slot, kind, name);
    return true;
}

/* "16 RDTSC 0 value/tsc - - -" */
static bool read_row(struct schema *schema, struct scan line)
{
    struct schema_row row = { 0 };
    char name[SCHEMA_NAME + 1];
    uint64_t number, qualification;

    if (!scan_number(&line, &number) || number >= SCHEMA_ROWS || !scan_text(&line, " ") ||
        !take_name(scan_until(&line, ' '), false, name) || !scan_number(&line, &qualification))
        return false;
    set_row(&row, name, qualification != 0);
    for (int i = 1; i < TRACE_SLOTS; i++)
        if (!scan_text(&line, " "))
            return false;
        else {
            const char *from = line.at;
            struct scan word = scan_until(&line, ' ');

            line.at = word.end;
            if (word.end == from || !read_slot(word, &row.slot[i]))
                return false;
        }
    schema->row[number] = row;
    return true;
}

unsigned schema_read(struct schema *schema, const char *payload, size_t n)
{
    struct scan scan = scan_begin(payload, n);
    unsigned malformed = 0;

    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');

        if (scan_text(&line, "slots ") && !read_row(schema, line))
            malformed++;
    }
    return malformed;
}
