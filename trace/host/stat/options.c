/* SPDX-License-Identifier: MIT */
/* The options that all tables of exits have. */
#include <limits.h>
#include <string.h>

#include "trace/host/stat/report.h"
#include "trace/scan.h"

/* The place of a word in a list that ends with NULL; -1 where it is not in it. */
static int word_of(const char *const words[], const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

enum { OPTION_CSV = 256, OPTION_JSON };

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const char *const units[] = { "ticks", "us", NULL };
    static const char *const orders[] = {
        [REPORT_BY_TOTAL] = "total",    [REPORT_BY_COUNT] = "count", [REPORT_BY_MEAN] = "mean",
        [REPORT_BY_MIN] = "min",        [REPORT_BY_MAX] = "max",     [REPORT_BY_P50] = "p50",
        [REPORT_BY_P95] = "p95",        [REPORT_BY_P99] = "p99",     [REPORT_BY_COLUMNS] = "reason",
        [REPORT_BY_COLUMNS + 1] = NULL,
    };
    struct report *report = state->input;
    struct scan scan;
    uint64_t rows;
    int word;

    switch (key) {
    case 'u':
        word = word_of(units, argument);
        if (word < 0)
            argp_error(state, "no such unit: '%s'", argument);
        report->microseconds = word == 1;
        return 0;
    case 's':
        word = word_of(orders, argument);
        if (word < 0)
            argp_error(state, "no such order: '%s'", argument);
        report->order = (enum report_order)word;
        return 0;
    case 't':
        scan = scan_string(argument);
        if (!scan_whole_number(&scan, &rows) || !rows || rows > UINT_MAX)
            argp_error(state, "--top takes a number of rows, and not '%s'", argument);
        report->top = (unsigned)rows;
        return 0;
    case OPTION_CSV:
        report->csv = true;
        return 0;
    case OPTION_JSON:
        report->json = true;
        return 0;
    case ARGP_KEY_END:
        if (report->csv && report->json)
            argp_error(state, "either --csv or --json");
        if (report->microseconds && (report->csv || report->json))
            argp_error(state, "--unit is for the table; --csv and --json tell times in ticks");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option option_rows[] = {
    { "unit", 'u', "ticks|us", 0, "Of times: ticks (default) or microseconds", 0 },
    { "sort", 's', "total|count|mean|min|max|p50|p95|p99|reason", 0,
      "Order of the rows (default total); reason: by what makes the row", 0 },
    { "top", 't', "N", 0, "Show the first N rows (stat: 100, hot: 20)", 0 },
    { "csv", OPTION_CSV, NULL, 0, "Print comma-separated values: all rows, times in ticks", 0 },
    { "json", OPTION_JSON, NULL, 0, "Print a line of JSON: all there is, times in ticks", 0 },
    { 0 },
};

const struct argp report_argp = { .options = option_rows, .parser = parse };
