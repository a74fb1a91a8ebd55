/* SPDX-License-Identifier: MIT */
/* Names of the values in a record. */
#include "trace/host/show/names.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/host/show/fields.h"

enum set { SET_PORT, SET_LEAF, SET_MSR, SET_EXCEPTION, SET_CR, SET_WORDS };

static const struct number {
    enum set set;
    uint64_t first, last;
    const char *name;
} numbers[] = {
#define NUMBER(set, first, last, name) { SET_##set, first, last, name },
#include "trace/host/show/numbers.def"
#define MSR(number, name) { SET_MSR, number, number, #name },
#include "vmx/msr.def"
#undef MSR
#define EXCEPTION(vector, name)                                                                    \
    { SET_EXCEPTION, vector, vector, (vector) == 2 ? #name : "#" #name },
#include "vmx/exceptions.def"
};

static const struct cr_bit {
    unsigned number, bit;
    const char *name;
} cr_bits[] = {
#define CR_BIT(number, bit, name)      { number, bit, #name },
#define CR_BIT_HIGH(number, bit, name) { number, bit, #name },
#include "vmx/cr_bits.def"
};

static const struct slot_names {
    uint32_t reason;
    const char *slot;
    enum set set;
    const char *words;
} slot_names[] = {
#define NAMES(set)                      SET_##set, NULL
#define WORDS(words)                    SET_WORDS, words
#define SLOT_NAMES(reason, slot, names) { EXIT_REASON_##reason, slot, names },
#include "trace/host/show/slot_names.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Appends to a text of n bytes; cut where it does not fit. */
static void append(char *text, size_t n, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t n, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + used, n - used, format, arguments);
    va_end(arguments);
}

static bool name_of_number(char *text, size_t n, enum set set, uint64_t value)
{
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const struct number *number = &numbers[i];

        if (number->set != set || value < number->first || value > number->last)
            continue;
        append(text, n, "%s", number->name);
        if (value > number->first)
            append(text, n, "+%" PRIu64, value - number->first);
        return true;
    }
    return false;
}

/* "PE|ET|PG"; bits without a name as a number. */
static bool names_of_bits(char *text, size_t n, uint64_t cr, uint64_t value)
{
    bool known = false;

    for (size_t i = 0; i < COUNT(cr_bits); i++) {
        known |= cr_bits[i].number == cr;
        if (cr_bits[i].number != cr || !(value >> cr_bits[i].bit & 1))
            continue;
        append(text, n, "%s%s", *text ? "|" : "", cr_bits[i].name);
        value &= ~(1ULL << cr_bits[i].bit);
    }
    if (known && (value || !*text))
        append(text, n, "%s0x%" PRIx64, *text ? "|" : "", value);
    return known;
}

static bool name_of_word(char *text, size_t n, const char *words, uint64_t value)
{
    const struct field field = { .form = FIELD_WORDS, .words = words };
    char word[FIELD_TEXT];

    field_text(word, &field, value);
    append(text, n, "%s", word);
    return true;
}

bool names_of_value(char *text, size_t n, uint32_t reason, const char *slot, uint64_t value,
                    uint64_t cr)
{
    text[0] = '\0';
    for (size_t i = 0; i < COUNT(slot_names); i++) {
        const struct slot_names *row = &slot_names[i];

        if (row->reason != reason || strcmp(row->slot, slot) != 0)
            continue;
        if (row->set == SET_CR)
            return names_of_bits(text, n, cr, value);
        if (row->set == SET_WORDS)
            return name_of_word(text, n, row->words, value);
        return name_of_number(text, n, row->set, value);
    }
    return false;
}

void names_of_exit(char text[NAMES_ROOM], const struct trace_element *element)
{
    char word[FIELD_TEXT];

    text[0] = '\0';
    for (size_t i = 0; i < fields_n; i++) {
        uint64_t value = field_value(&fields[i], element->qualification);

        if (fields[i].reason != (element->reason & EXIT_REASON_BASIC))
            continue;
        field_text(word, &fields[i], value);
        if (fields[i].form != FIELD_FLAG)
            append(text, NAMES_ROOM, "%s%s=%s", *text ? " " : "", fields[i].name, word);
        else if (value)
            append(text, NAMES_ROOM, "%s%s", *text ? " " : "", fields[i].name);
    }
}

void names_of_entry(char text[NAMES_ROOM], const struct schema *schema,
                    const struct trace_element *element)
{
    const struct schema_row *row = schema_row(schema, element->reason);
    char name[128];

    text[0] = '\0';
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1 &&
            names_of_value(name, sizeof(name), element->reason & EXIT_REASON_BASIC,
                           row->slot[i].name, element->slot[i], element->slot[NAMES_CR_SLOT]))
            append(text, NAMES_ROOM, "%s%s=%s", *text ? " " : "", row->slot[i].name, name);
}
