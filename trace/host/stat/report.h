/* SPDX-License-Identifier: MIT */
/* What `vexit stat` gathers of a run, and the three forms in which it tells it. */
#ifndef TRACE_HOST_STAT_REPORT_H
#define TRACE_HOST_STAT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/log_command.h"
#include "trace/host/show/columns.h"
#include "trace/host/show/filter.h"
#include "trace/host/show/own_statistics.h"
#include "trace/host/stat/groups.h"
#include "trace/host/stat/vcpus.h"

enum {
    REPORT_KEY = 2 * COLUMN_TEXT,
    REPORT_NOTES = 20,
    REPORT_NOTE_SIZE = 160,
    REPORT_ROWS = GROUPS_MAX + 1,
    REPORT_FIGURES = 15,
    REPORT_MORE_FIGURES = 8, /* at most */
    REPORT_FIGURES_MAX = REPORT_FIGURES + REPORT_MORE_FIGURES,
};

enum report_order {
    REPORT_BY_TOTAL,
    REPORT_BY_COUNT,
    REPORT_BY_MEAN,
    REPORT_BY_MIN,
    REPORT_BY_MAX,
    REPORT_BY_P50,
    REPORT_BY_P95,
    REPORT_BY_P99,
    REPORT_BY_COLUMNS,
};

/* A group with what is worked out for it at the end. */
struct report_row {
    const struct group *group;
    uint64_t p50, p95, p99;
    uint64_t lost, missing; /* records of the vCPUs whose exits it may lack */
};

/* A figure of a row for other programs. */
struct figure {
    const char *name;
    enum { FIGURE_NONE, FIGURE_NUMBER, FIGURE_REAL, FIGURE_TEXT } form;
    uint64_t number;
    double real;
    const char *text; /* good until the next row's */
};

struct table;

struct report {
    struct log_options log;
    struct filter filter;
    struct columns by;
    enum report_order order;
    bool microseconds; /* times are told in these, not in ticks */
    bool names;        /* values stand with their names */
    bool csv, json;
    unsigned top; /* rows that the table shows */
    /* Further columns of the table, on its right: their headings up to NULL, and their cells. */
    const char *const *more_columns;
    void (*more_cells)(struct report *report, const struct group *group, struct table *table);
    /*
     * The same for other programs: fills in the names and figures of a row, without a group the
     * names alone, and returns how many there are.
     */
    unsigned (*more_figures)(struct report *report, const struct group *group,
                             struct figure figure[REPORT_MORE_FIGURES]);
    bool only_groups; /* no tables of vCPUs and of the VMM's statistics */
    bool differs;     /* the VMM's statistics, and no loss explains it */
    bool failed;      /* the options do not fit the log: told on standard error */
    unsigned runs;    /* reported so far */
    bool resolved;    /* the columns are those of the run's schema */
    struct schema schema;
    struct groups groups;
    struct vcpus vcpus;
    struct own_statistics own;
    bool out_of_memory;
    uint64_t exits;                    /* whether they pass the filter or not */
    uint64_t stopped[SCHEMA_ROWS + 1]; /* of those that pass, by reason: they ended the run */
    uint64_t notes;                    /* as many as there were; the first ones are kept */
    char note[REPORT_NOTES][REPORT_NOTE_SIZE];
    struct output output;

    /* Made by report_finish() */
    unsigned rows;
    struct report_row row[REPORT_ROWS];  /* in order; without `other` */
    struct report_row other, all;        /* other: all groups that were folded */
    struct group sum;                    /* the group of `all` */
    enum own_verdict verdict[END_VCPUS]; /* the VMM's statistics of each vCPU against the log */
};

/* Allocates what is gathered and sets the defaults. False without memory. */
bool report_begin(struct report *report);

/* Parses the options that all such reports have; a child parser whose input is a struct report. */
extern const struct argp report_argp;

/* Takes --by. False where it is no list of names. */
bool report_parse_by(struct report *report, const char *list);

/* Reads the log and tells of each of its runs. Returns an exit status (commands.h). */
int report_read(struct report *report);

void report_free(struct report *report);

/* Works out the rows of the run that has ended. */
void report_finish(struct report *report, const struct log_run *run);

/* The value of a group in column i of --by, as text, its name behind it; "-" where it has none. */
void report_key(char text[REPORT_KEY], const struct report *report, const struct group *group,
                unsigned i);

/* Exits that have a time. */
static inline uint64_t report_timed(const struct group *group)
{
    return group->count - group->stopped;
}

/* The seconds that the trace covers; 0: not known. */
double report_seconds(const struct report *report, const struct log_run *run);

/*
 * The figures of a row, under the names that they have in every form for other programs. Returns how
 * many there are. seconds: that the trace covers, 0 where they are not known.
 */
unsigned report_figures(struct figure figure[REPORT_FIGURES_MAX], struct report *report,
                        const struct report_row *row, double seconds);

/* Each tells of the run: as tables, as lines of comma-separated values, as one line of JSON. */
void report_text(struct report *report, const struct log_run *run);
void report_csv(struct report *report, const struct log_run *run);
void report_json(struct report *report, const struct log_run *run);

#endif
