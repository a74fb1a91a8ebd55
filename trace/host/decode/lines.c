/* SPDX-License-Identifier: MIT */
/* Elements as lines, with what their values mean; and as columns. */
#include <string.h>

#include "trace/host/decode/decode.h"
#include "trace/host/show/names.h"
#include "trace/host/show/record_line.h"

/* A line of n bytes without its end, then the words behind a # that keeps them apart. */
static void put_line(struct output *output, const char *line, size_t n, const char *words)
{
    output_bytes(output, line, n);
    output_print(output, *words ? "  # %s\n" : "\n", words);
}

/* The two lines of an exit and its entry: where in the guest, and what the numbers mean. */
static void put_named(struct decode *decode, const struct trace_element *element)
{
    char lines[RECORD_LINE_ROOM], words[SYMBOL_TEXT + NAMES_ROOM] = "";
    size_t n = record_line(lines, &decode->schema, element, decode->no_time);
    size_t first = (size_t)((char *)memchr(lines, '\n', n) - lines);

    if (element->kind > TRACE_EXIT_ONLY) {
        output_bytes(&decode->output, lines, n);
        return;
    }
    if (decode->symbols.first)
        symbols_text(&decode->symbols, element->rip, words);

    size_t used = strlen(words);

    if (decode->names)
        names_of_exit(words + used + (used != 0), element);
    if (decode->names && used && words[used + 1])
        words[used] = ' ';
    put_line(&decode->output, lines, first, words);
    words[0] = '\0';
    if (decode->names)
        names_of_entry(words, &decode->schema, element);
    put_line(&decode->output, lines + first + 1, n - first - 2, words);
}

void decode_lines(struct decode *decode, const struct trace_element *element)
{
    if (decode->names || decode->symbols.first) {
        put_named(decode, element);
        return;
    }

    char *to = output_room(&decode->output, RECORD_LINE_ROOM);

    output_advance(&decode->output, record_line(to, &decode->schema, element, decode->no_time));
}

/* The name of a slot's value, if it is wanted and there is one. */
static bool put_name(const struct decode *decode, const struct trace_element *element,
                     const struct column_place *place, uint64_t value, char text[COLUMN_TEXT])
{
    const struct schema_row *row = schema_row(&decode->schema, element->reason);

    return decode->names && place->source < COLUMN_QUALIFICATION &&
           names_of_value(text, COLUMN_TEXT, element->reason & EXIT_REASON_BASIC,
                          row->slot[place->source].name, value, element->slot[NAMES_CR_SLOT]);
}

/* Whether what stands there is a stamp, or the time between two. */
static bool is_time(const struct schema_row *row, const struct column_place *place)
{
    return place->source == COLUMN_EXIT_TSC || place->source == COLUMN_TICKS ||
           (place->source < COLUMN_QUALIFICATION && row->slot[place->source].kind == SLOT_TSC);
}

void decode_fields(struct decode *decode, const struct trace_element *element)
{
    unsigned row = columns_row(element);
    char text[COLUMN_TEXT];
    uint64_t value;

    if (element->kind > TRACE_EXIT_ONLY)
        return;
    for (unsigned i = 0; i < decode->columns.n; i++) {
        const struct column *column = &decode->columns.column[i];

        if (!column_value(column, element, row, &value))
            memcpy(text, "-", 2);
        else if (decode->no_time && is_time(&decode->schema.row[row], &column->place[row]))
            memcpy(text, "*", 2);
        else if (!put_name(decode, element, &column->place[row], value, text))
            column_text(text, column, &decode->schema, row, value);
        output_print(&decode->output, "%s%s", i ? "\t" : "", text);
    }
    if (decode->symbols.first) {
        char symbol[SYMBOL_TEXT];

        symbols_text(&decode->symbols, element->rip, symbol);
        output_print(&decode->output, "\t%s", *symbol ? symbol : "-");
    }
    output_print(&decode->output, "\n");
}
