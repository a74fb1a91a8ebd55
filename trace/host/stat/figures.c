/* SPDX-License-Identifier: MIT */
/* The figures of a row for other programs. */
#include <string.h>

#include "trace/host/stat/report.h"

static struct figure number(const char *name, uint64_t value)
{
    return (struct figure){ .name = name, .form = FIGURE_NUMBER, .number = value };
}

static struct figure real(const char *name, double value)
{
    return (struct figure){ .name = name, .form = FIGURE_REAL, .real = value };
}

/* A figure that exits without a time do not have. */
static struct figure timed(struct figure figure, const struct group *group)
{
    if (!report_timed(group))
        figure.form = FIGURE_NONE;
    return figure;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

unsigned report_figures(struct figure figure[REPORT_FIGURES_MAX], struct report *report,
                        const struct report_row *row, double seconds)
{
    const struct group *group = row->group;
    uint64_t n = report_timed(group);
    const struct figure all[REPORT_FIGURES] = {
        number("count", group->count),
        number("stopped", group->stopped),
        real("per_second", seconds > 0 ? (double)group->count / seconds : 0),
        real("share", share(group->count, report->sum.count)),
        number("total", group->sum),
        real("time_share", share(group->sum, report->sum.sum)),
        timed(number("min", group->min), group),
        timed(real("mean", n ? (double)group->sum / (double)n : 0), group),
        timed(number("p50", row->p50), group),
        timed(number("p95", row->p95), group),
        timed(number("p99", row->p99), group),
        timed(number("max", group->max), group),
        number("lost_records", row->lost),
        number("missing_records", row->missing),
        number("folded_at_most", group->lacks_count),
    };

    memcpy(figure, all, sizeof(all));
    if (seconds <= 0)
        figure[2].form = FIGURE_NONE;
    if (!report->more_figures)
        return REPORT_FIGURES;

    bool one = row != &report->other && row != &report->all;

    return REPORT_FIGURES +
           report->more_figures(report, one ? group : NULL, &figure[REPORT_FIGURES]);
}
