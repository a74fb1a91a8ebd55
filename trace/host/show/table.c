/* SPDX-License-Identifier: MIT */
/* A table of text. */
#include "trace/host/show/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 256 };

static void add(struct table *table, const char *cell)
{
    size_t n = strlen(cell) + 1;

    if (table->used + n > table->room) {
        size_t room = 2 * table->room + 4096;
        char *text = realloc(table->text, room);

        if (!text) {
            table->out_of_memory = true;
            return;
        }
        table->text = text;
        table->room = room;
    }
    memcpy(table->text + table->used, cell, n);
    table->used += n;
    if (n - 1 > table->column[table->next].width)
        table->column[table->next].width = n - 1;
    table->next = (table->next + 1) % table->columns;
}

void table_column(struct table *table, const char *heading, bool left)
{
    table->next = table->columns++;
    table->column[table->next].left = left;
    add(table, heading);
    table->next = 0;
}

void table_cell(struct table *table, const char *format, ...)
{
    char cell[CELL];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cell, sizeof(cell), format, arguments);
    va_end(arguments);
    add(table, cell);
}

void table_end_row(struct table *table)
{
    while (table->next && !table->out_of_memory)
        add(table, "");
}

/* A row, without blanks at its end. Returns the first cell of the next row. */
static const char *print_row(const struct table *table, const char *cell, struct output *output)
{
    const char *end = table->text + table->used;
    size_t blanks = 0;

    for (unsigned i = 0; i < table->columns && cell < end; i++) {
        size_t n = strlen(cell), pad = table->column[i].width - n;

        blanks += table->column[i].left ? 0 : pad;
        if (n) {
            output_print(output, "%*s%s", (int)blanks, "", cell);
            blanks = 0;
        }
        blanks += (table->column[i].left ? pad : 0) + 2;
        cell += n + 1;
    }
    output_print(output, "\n");
    return cell;
}

void table_print(struct table *table, struct output *output)
{
    table_end_row(table);
    for (const char *cell = table->text; cell && cell < table->text + table->used;)
        cell = print_row(table, cell, output);
    free(table->text);
    *table = (struct table){ 0 };
}
