/* SPDX-License-Identifier: MIT */
/* Counts and handling times per exit reason. */
#include "trace/host/show/exit_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_time(struct exit_row *row, uint64_t ticks)
{
    uint64_t timed = row->count - row->stopped;

    row->sum += ticks;
    if (timed == 1 || ticks < row->min)
        row->min = ticks;
    if (ticks > row->max)
        row->max = ticks;
    histogram_add(row->times, ticks);
}

bool exit_table_add(struct exit_table *table, const struct trace_element *element)
{
    uint32_t basic = element->reason & EXIT_REASON_BASIC;
    struct exit_row *row = &table->row[basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS];

    if (!row->times)
        row->times = calloc(1, sizeof(*row->times));
    if (!row->times)
        return false;
    row->count++;
    if (element->kind == TRACE_EXIT_ENTRY)
        add_time(row, element->entry_tsc - element->exit_tsc);
    else
        row->stopped++;
    return true;
}

void exit_table_set(struct exit_table *table, const struct statistics *statistics)
{
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *from = &statistics->row[i];

        if (!from->count)
            continue;
        table->row[i < EXIT_REASONS ? i : SCHEMA_ROWS] = (struct exit_row){
            .count = from->count,
            .sum = from->sum,
            .min = from->min,
            .max = from->max,
            .p50 = statistics_percentile(from, 500),
            .p99 = statistics_percentile(from, 990),
        };
    }
}

static uint64_t between(uint64_t value, uint64_t min, uint64_t max)
{
    return value < min ? min : value > max ? max : value;
}

static void find_percentiles(struct exit_row *row)
{
    if (!row->times)
        return;
    row->p50 = between(histogram_percentile(row->times, 50), row->min, row->max);
    row->p99 = between(histogram_percentile(row->times, 99), row->min, row->max);
}

/* Printing */

/* A time into a cell: ticks, or microseconds with three digits after the point. */
static const char *cell(char text[24], const struct table_style *style, double ticks)
{
    if (style->unit == TABLE_MICROSECONDS)
        snprintf(text, 24, "%.3f", ticks * 1e6 / (double)style->tsc_hz);
    else
        snprintf(text, 24, "%.0f", ticks);
    return text;
}

static void print_row(struct output *output, const struct table_style *style, const char *name,
                      const struct exit_row *row, uint64_t all)
{
    uint64_t timed = row->count - row->stopped;
    char total[24], min[24], mean[24], p50[24], p99[24], max[24];

    output_print(output, "%-20s %10" PRIu64 " %6.2f%%", name, row->count,
                 100.0 * (double)row->count / (double)all);
    if (timed)
        output_print(output, " %14s %10s %10s %10s %10s %12s", cell(total, style, (double)row->sum),
                     cell(min, style, (double)row->min),
                     cell(mean, style, (double)row->sum / (double)timed),
                     cell(p50, style, (double)row->p50), cell(p99, style, (double)row->p99),
                     cell(max, style, (double)row->max));
    output_print(output, "\n");
}

static const struct exit_table *sorted_table;
static enum table_order sorted_order;

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* The largest first; equal ones in the order of their numbers. */
static int compare_rows(const void *left, const void *right)
{
    unsigned a = *(const unsigned *)left, b = *(const unsigned *)right;
    const struct exit_row *x = &sorted_table->row[a], *y = &sorted_table->row[b];
    int order = sorted_order == TABLE_BY_TOTAL   ? compare(y->sum, x->sum)
                : sorted_order == TABLE_BY_COUNT ? compare(y->count, x->count)
                                                 : 0;

    return order ? order : compare(a, b);
}

/* The sums of all rows, percentiles from all their times. */
static void sum_up(const struct exit_table *table, struct exit_row *sum, struct histogram *times)
{
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++) {
        const struct exit_row *row = &table->row[i];

        if (row->count == row->stopped) {
            sum->count += row->count;
            sum->stopped += row->stopped;
            continue;
        }
        if (sum->count == sum->stopped || row->min < sum->min)
            sum->min = row->min;
        if (row->max > sum->max)
            sum->max = row->max;
        sum->count += row->count;
        sum->stopped += row->stopped;
        sum->sum += row->sum;
        if (row->times) {
            times->count += row->times->count;
            for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++)
                times->bucket[b] += row->times->bucket[b];
        }
    }
}

void exit_table_print(struct exit_table *table, const struct table_style *style,
                      struct output *output)
{
    static struct histogram times;
    struct exit_row sum = { 0 };
    unsigned order[SCHEMA_ROWS + 1], rows = 0;

    memset(&times, 0, sizeof(times));
    sum_up(table, &sum, &times);
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++)
        if (table->row[i].count) {
            find_percentiles(&table->row[i]);
            order[rows++] = i;
        }
    sorted_table = table;
    sorted_order = style->order;
    qsort(order, rows, sizeof(order[0]), compare_rows);

    output_print(output, "%-20s %10s %7s %14s %10s %10s %10s %10s %12s\n", "reason", "count",
                 "share", "total", "min", "mean", "p50", "p99", "max");
    for (unsigned i = 0; i < rows; i++)
        print_row(output, style, schema_name(&style->schema->row[order[i]]), &table->row[order[i]],
                  sum.count);
    if (rows > 1 && times.count) {
        sum.times = &times;
        find_percentiles(&sum);
        print_row(output, style, "all", &sum, sum.count);
    }
}

void exit_table_clear(struct exit_table *table)
{
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++)
        free(table->row[i].times);
    memset(table, 0, sizeof(*table));
}
