/* SPDX-License-Identifier: MIT */
/* A table of what two logs say on each exit reason. */
#include "trace/host/diff/changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct change {
    const char *name;
    const struct side_reason *reason[2];
    double mean[2], total[2]; /* in the table's unit */
};

struct change_table {
    bool times;      /* both logs have any */
    double scale[2]; /* from ticks to the table's unit */
    unsigned changes;
    struct change change[SCHEMA_ROWS + 2]; /* with the sum */
};

static double distance(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* By how much longer or shorter all exits of a reason took; where that is the same, by count. */
static int compare_changes(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    double dx = distance(x->total[0], x->total[1]), dy = distance(y->total[0], y->total[1]);

    if (dx == dy) {
        dx = distance((double)x->reason[0]->count, (double)x->reason[1]->count);
        dy = distance((double)y->reason[0]->count, (double)y->reason[1]->count);
    }
    return dx < dy ? 1 : dx > dy ? -1 : x->reason[0] < y->reason[0] ? -1 : 1;
}

/* Ticks of clocks that differ are brought to microseconds, as far as their frequency is known. */
static const char *choose_unit(struct change_table *table, struct side *const side[2])
{
    uint64_t a = side[0]->tsc_hz, b = side[1]->tsc_hz;

    table->scale[0] = table->scale[1] = 1;
    if (a == b)
        return "TSC ticks";
    if (!a || !b)
        return "ticks of two clocks, not both of a known frequency";
    table->scale[0] = 1e6 / (double)a;
    table->scale[1] = 1e6 / (double)b;
    return "microseconds";
}

static void set(struct change_table *table, struct change *change, const char *name,
                const struct side_reason *a, const struct side_reason *b)
{
    *change = (struct change){ .name = name, .reason = { a, b } };
    for (unsigned i = 0; i < 2; i++) {
        change->total[i] = (double)change->reason[i]->ticks * table->scale[i];
        if (change->reason[i]->timed)
            change->mean[i] = change->total[i] / (double)change->reason[i]->timed;
    }
}

static void print_ratio(struct output *output, double a, double b)
{
    if (a > 0)
        output_print(output, " %8.3f", b / a);
    else
        output_print(output, " %8s", b > 0 ? "new" : "-");
}

static void print_change(const struct change_table *table, const struct change *change,
                         struct output *output)
{
    int decimals = table->scale[0] < 1 || table->scale[1] < 1 ? 3 : 0;

    output_print(output, "%-20s %11" PRIu64 " %11" PRIu64, change->name, change->reason[0]->count,
                 change->reason[1]->count);
    print_ratio(output, (double)change->reason[0]->count, (double)change->reason[1]->count);
    if (table->times) {
        output_print(output, " %10.*f %10.*f", decimals, change->mean[0], decimals,
                     change->mean[1]);
        print_ratio(output, change->mean[0], change->mean[1]);
        output_print(output, " %14.*f %14.*f", decimals, change->total[0], decimals,
                     change->total[1]);
        print_ratio(output, change->total[0], change->total[1]);
    }
    output_print(output, "\n");
}

static void print_head(const struct change_table *table, struct output *output)
{
    output_print(output, "%-20s %11s %11s %8s", "reason", "count A", "count B", "B/A");
    if (table->times)
        output_print(output, " %10s %10s %8s %14s %14s %8s", "mean A", "mean B", "B/A", "total A",
                     "total B", "B/A");
    output_print(output, "\n");
}

void changes_print(struct side *const side[2], struct output *output)
{
    struct change_table table = { 0 };
    struct side_reason sum[2] = { 0 };
    const char *unit = choose_unit(&table, side);

    for (unsigned i = 0; i <= SCHEMA_ROWS; i++) {
        const struct side_reason *a = &side[0]->reason[i], *b = &side[1]->reason[i];
        const struct schema_row *row = &side[!a->count]->schema.row[i];

        if (a->count || b->count)
            set(&table, &table.change[table.changes++], schema_name(row), a, b);
        for (unsigned s = 0; s < 2; s++) {
            sum[s].count += side[s]->reason[i].count;
            sum[s].timed += side[s]->reason[i].timed;
            sum[s].ticks += side[s]->reason[i].ticks;
        }
    }
    table.times = sum[0].ticks && sum[1].ticks;
    qsort(table.change, table.changes, sizeof(table.change[0]), compare_changes);
    set(&table, &table.change[table.changes], "all", &sum[0], &sum[1]);
    print_head(&table, output);
    for (unsigned i = 0; i <= table.changes; i++)
        print_change(&table, &table.change[i], output);
    if (table.times)
        output_print(output, "\nTimes are %s from exit to entry.\n", unit);
}
