/* SPDX-License-Identifier: MIT */
/* The report as comma-separated values. */
#include <inttypes.h>
#include <string.h>

#include "trace/host/stat/report.h"

/* In quotes (RFC 4180) where it has characters that mean something. */
static void csv_text(struct output *output, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        output_print(output, "%s", text);
        return;
    }
    output_print(output, "\"");
    for (const char *quote; (quote = strchr(text, '"')); text = quote + 1)
        output_print(output, "%.*s\"\"", (int)(quote - text), text);
    output_print(output, "%s\"", text);
}

static void csv_figure(struct output *output, const struct figure *figure)
{
    output_print(output, ",");
    switch (figure->form) {
    case FIGURE_NONE:
        break;
    case FIGURE_NUMBER:
        output_print(output, "%" PRIu64, figure->number);
        break;
    case FIGURE_REAL:
        output_print(output, "%.6f", figure->real);
        break;
    case FIGURE_TEXT:
        csv_text(output, figure->text);
    }
}

static void csv_row(struct report *report, const struct report_row *row, const char *name,
                    double seconds)
{
    struct output *output = &report->output;
    struct figure figure[REPORT_FIGURES_MAX];
    unsigned n = report_figures(figure, report, row, seconds);
    char text[REPORT_KEY];

    output_print(output, "%u", report->runs + 1);
    for (unsigned i = 0; i < report->by.n; i++) {
        if (!name)
            report_key(text, report, row->group, i);
        output_print(output, ",");
        csv_text(output, !name ? text : i ? "" : name);
    }
    for (unsigned i = 0; i < n; i++)
        csv_figure(output, &figure[i]);
    output_print(output, "\n");
}

static void csv_head(struct report *report)
{
    struct figure figure[REPORT_FIGURES_MAX];
    unsigned n = report_figures(figure, report, &report->all, 0);

    output_print(&report->output, "run");
    for (unsigned i = 0; i < report->by.n; i++)
        output_print(&report->output, ",%s", report->by.column[i].name);
    for (unsigned i = 0; i < n; i++)
        output_print(&report->output, ",%s", figure[i].name);
    output_print(&report->output, "\n");
}

void report_csv(struct report *report, const struct log_run *run)
{
    double seconds = report_seconds(report, run);

    if (!report->runs)
        csv_head(report);
    for (unsigned i = 0; i < report->rows; i++)
        csv_row(report, &report->row[i], NULL, seconds);
    if (report->other.group->count)
        csv_row(report, &report->other, "other", seconds);
}
