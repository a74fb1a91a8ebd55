/* SPDX-License-Identifier: MIT */
/* The table of the report: a row for each group. */
#include <inttypes.h>

#include "trace/host/stat/tables.h"

enum { TIMES = 8 }; /* columns that only exits with a time have */

static void add_figures(struct table *table, const struct report_style *style,
                        const struct report_row *row)
{
    const struct group *group = row->group;
    bool touched = row->lost || row->missing || group->lacks_count || group->lacks_ticks;

    table_cell(table, "%" PRIu64 "%s", group->count, at_least(touched));
    if (style->seconds > 0)
        table_cell(table, "%.1f%s", (double)group->count / style->seconds, at_least(touched));
    table_cell(table, "%.2f%%%s", percent(group->count, style->count), about(touched));
    if (report_timed(group)) {
        report_time_cell(table, style, (double)group->sum, at_least(touched));
        table_cell(table, "%.2f%%%s", percent(group->sum, style->ticks), about(touched));
        report_time_cell(table, style, (double)group->min, about(touched));
        report_time_cell(table, style, (double)group->sum / (double)report_timed(group),
                         about(touched));
        report_time_cell(table, style, (double)row->p50, about(touched));
        report_time_cell(table, style, (double)row->p95, about(touched));
        report_time_cell(table, style, (double)row->p99, about(touched));
        report_time_cell(table, style, (double)group->max, at_least(touched));
    } else {
        for (unsigned i = 0; i < TIMES; i++)
            table_cell(table, "%s", "");
    }
}

static void add_columns(struct table *table, const struct report *report,
                        const struct report_style *style)
{
    static const char *const headings[] = { "%exits", "total", "%time", "min", "mean",
                                            "p50",    "p95",   "p99",   "max" };

    for (unsigned i = 0; i < report->by.n; i++)
        table_column(table, report->by.column[i].name, true);
    table_column(table, "count", false);
    if (style->seconds > 0)
        table_column(table, "exits/s", false);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(table, headings[i], false);
    for (const char *const *more = report->more_columns; more && *more; more++)
        table_column(table, *more, true);
}

/* A row for what is not told apart: its name in the first column. */
static void add_sum(struct table *table, const struct report *report,
                    const struct report_style *style, const char *name,
                    const struct report_row *row)
{
    table_cell(table, "%s", name);
    for (unsigned i = 1; i < report->by.n; i++)
        table_cell(table, "%s", "");
    add_figures(table, style, row);
    table_end_row(table);
}

void report_print_groups(struct report *report, const struct report_style *style)
{
    struct table table = { 0 };
    unsigned shown = report->rows < report->top ? report->rows : report->top;
    char text[REPORT_KEY];

    add_columns(&table, report, style);
    for (unsigned r = 0; r < shown; r++) {
        for (unsigned i = 0; i < report->by.n; i++) {
            report_key(text, report, report->row[r].group, i);
            table_cell(&table, "%s", text);
        }
        add_figures(&table, style, &report->row[r]);
        if (report->more_cells)
            report->more_cells(report, report->row[r].group, &table);
        table_end_row(&table);
    }
    if (report->other.group->count)
        add_sum(&table, report, style, "other", &report->other);
    if (report->rows > 1 && report->all.group->count)
        add_sum(&table, report, style, "all", &report->all);
    table_print(&table, &report->output);
    if (shown < report->rows)
        output_print(&report->output, "%u more rows, which --top=%u shows\n", report->rows - shown,
                     report->rows);
}
