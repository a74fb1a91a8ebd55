/* SPDX-License-Identifier: MIT */
/* What the tables of the report share. */
#ifndef TRACE_HOST_STAT_TABLES_H
#define TRACE_HOST_STAT_TABLES_H

#include "trace/host/show/table.h"
#include "trace/host/stat/report.h"

enum { REPORT_TIME_TEXT = 40 };

/* How the figures of a table are told. */
struct report_style {
    uint64_t tsc_hz;       /* 0: times are ticks */
    double seconds;        /* for rates; 0: not known */
    uint64_t count, ticks; /* of all rows, for shares */
};

/* A figure that losses touch has a mark behind it: at least that much, or about that much. */
static inline const char *at_least(bool touched)
{
    return touched ? "+" : "";
}

static inline const char *about(bool touched)
{
    return touched ? "~" : "";
}

static inline double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

/* A time in ticks as such, or in microseconds with three digits after the point. */
const char *report_time_text(char text[REPORT_TIME_TEXT], const struct report_style *style,
                             double ticks);

/* The same in a cell, with a mark behind it. */
void report_time_cell(struct table *table, const struct report_style *style, double ticks,
                      const char *mark);

/* The table of the groups, and how many rows it does not show. */
void report_print_groups(struct report *report, const struct report_style *style);

/* The VMM's own statistics, where they are not what the records say; else that they are the same. */
void report_print_own(struct report *report, const struct report_style *style);

#endif
