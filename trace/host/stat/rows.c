/* SPDX-License-Identifier: MIT */
/* The rows of the report: their order, percentiles, and the losses that touch them. */
#include <stdlib.h>
#include <string.h>

#include "trace/host/show/names.h"
#include "trace/host/stat/report.h"

static uint64_t between(uint64_t value, uint64_t min, uint64_t max)
{
    return value < min ? min : value > max ? max : value;
}

static void find_percentiles(struct report_row *row, const struct histogram *times)
{
    const struct group *group = row->group;

    row->p50 = between(histogram_percentile(times, 50), group->min, group->max);
    row->p95 = between(histogram_percentile(times, 95), group->min, group->max);
    row->p99 = between(histogram_percentile(times, 99), group->min, group->max);
}

/* The losses of all vCPUs. */
static void sum_losses(struct report_row *row, const struct vcpus *vcpus)
{
    row->lost = row->missing = 0;
    for (unsigned i = 0; i < vcpus->n; i++) {
        row->lost += vcpus->vcpu[i].lost;
        row->missing += vcpus->vcpu[i].missing;
    }
}

/* What its own vCPU lost touches a row; or what all lost, where vCPUs are not told apart. */
static void find_losses(struct report_row *row, const struct report *report)
{
    const struct group *group = row->group;

    row->lost = report->all.lost;
    row->missing = report->all.missing;
    for (unsigned i = 0; i < report->by.n; i++)
        if (report->by.column[i].place[group->row].source == COLUMN_VCPU &&
            group->value[i] < report->vcpus.n) {
            row->lost = report->vcpus.vcpu[group->value[i]].lost;
            row->missing = report->vcpus.vcpu[group->value[i]].missing;
        }
}

static const struct report *sorted;

static uint64_t weight(const struct report_row *row)
{
    const struct group *group = row->group;

    switch (sorted->order) {
    case REPORT_BY_COUNT:
        return group->count;
    case REPORT_BY_MEAN:
        return report_timed(group) ? group->sum / report_timed(group) : 0;
    case REPORT_BY_MIN:
        return group->min;
    case REPORT_BY_MAX:
        return group->max;
    case REPORT_BY_P50:
        return row->p50;
    case REPORT_BY_P95:
        return row->p95;
    case REPORT_BY_P99:
        return row->p99;
    case REPORT_BY_COLUMNS:
        return 0;
    case REPORT_BY_TOTAL:
        break;
    }
    return group->sum;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* The heaviest first; equal ones by the values of their columns. */
static int compare_rows(const void *left, const void *right)
{
    const struct report_row *a = left, *b = right;
    int order = compare(weight(b), weight(a));

    for (unsigned i = 0; !order && i < sorted->by.n; i++)
        order = compare(a->group->value[i], b->group->value[i]);
    return order ? order : compare(a->group->present, b->group->present);
}

/* Without an END record nobody knows how many records are absent. */
static void judge_own(struct report *report, const struct log_run *run)
{
    for (unsigned i = 0; i < END_VCPUS; i++) {
        uint64_t absent = run->has_end ? 0 : UINT64_MAX;

        if (run->has_end && i < report->vcpus.n)
            absent = report->vcpus.vcpu[i].lost + report->vcpus.vcpu[i].missing;
        report->verdict[i] = own_statistics_judge(&report->own, i, absent);
        if (report->verdict[i] == OWN_DIFFERS)
            report->differs = true;
    }
}

void report_finish(struct report *report, const struct log_run *run)
{
    static struct histogram times, all;
    const struct groups *groups = &report->groups;

    vcpus_take_losses(&report->vcpus, run);
    sum_losses(&report->all, &report->vcpus);
    sum_losses(&report->other, &report->vcpus);
    report->rows = groups->n;
    report->sum = groups->other;
    report->other.group = &groups->other;
    find_percentiles(&report->other, groups->other_times);
    all = *groups->other_times;
    for (unsigned i = 0; i < groups->n; i++) {
        struct report_row *row = &report->row[i];

        row->group = &groups->group[i];
        memset(&times, 0, sizeof(times));
        groups_times(groups, row->group, &times);
        groups_times(groups, row->group, &all);
        find_percentiles(row, &times);
        find_losses(row, report);
        group_merge(&report->sum, row->group);
    }
    report->all.group = &report->sum;
    find_percentiles(&report->all, &all);
    judge_own(report, run);
    sorted = report;
    qsort(report->row, report->rows, sizeof(report->row[0]), compare_rows);
}

/* The number of the control register whose value may be in another column; no register's if none. */
static uint64_t register_of(const struct report *report, const struct group *group)
{
    for (unsigned i = 0; i < report->by.n; i++)
        if (group->present >> i & 1 &&
            report->by.column[i].place[group->row].source == (unsigned)NAMES_CR_SLOT)
            return group->value[i];
    return UINT64_MAX;
}

/* Appends the name of the value in column i, if it is that of a slot and has one. */
static void append_name(char text[REPORT_KEY], const struct report *report,
                        const struct group *group, unsigned i)
{
    const struct column_place *place = &report->by.column[i].place[group->row];
    size_t used = strlen(text);

    if (place->source < COLUMN_QUALIFICATION &&
        names_of_value(text + used + 1, REPORT_KEY - used - 1, group->row,
                       report->schema.row[group->row].slot[place->source].name, group->value[i],
                       register_of(report, group)))
        text[used] = ' ';
}

void report_key(char text[REPORT_KEY], const struct report *report, const struct group *group,
                unsigned i)
{
    if (!(group->present >> i & 1)) {
        memcpy(text, "-", 2);
        return;
    }
    column_text(text, &report->by.column[i], &report->schema, group->row, group->value[i]);
    if (report->names)
        append_name(text, report, group, i);
}

double report_seconds(const struct report *report, const struct log_run *run)
{
    return run->start.tsc_hz ? (double)vcpus_span(&report->vcpus) / (double)run->start.tsc_hz : 0;
}
