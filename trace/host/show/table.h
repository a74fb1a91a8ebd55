/* SPDX-License-Identifier: MIT */
/* A table of text: columns as wide as their widest cell. */
#ifndef TRACE_HOST_SHOW_TABLE_H
#define TRACE_HOST_SHOW_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/host/show/output.h"

enum { TABLE_COLUMNS = 24 };

struct table {
    unsigned columns;
    struct {
        bool left; /* aligned to the left */
        size_t width;
    } column[TABLE_COLUMNS];
    unsigned next; /* the column of the next cell */
    char *text;    /* the cells, row by row, each ended by a NUL */
    size_t used, room;
    bool out_of_memory; /* some cells are not there */
};

/* Adds a column; its heading is the first row's cell. All columns come before all cells. */
void table_column(struct table *table, const char *heading, bool left);

/* Fills the next cell: row by row, from the left. */
void table_cell(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Leaves the rest of the row empty, if it has begun. */
void table_end_row(struct table *table);

/* Prints it, and frees what it held. */
void table_print(struct table *table, struct output *output);

#endif
