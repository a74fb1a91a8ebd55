/* SPDX-License-Identifier: MIT */
/* The VMM's own statistics, in the report to read. */
#include <inttypes.h>

#include "trace/host/stat/tables.h"

static void add_own_row(struct table *table, const struct report_style *style,
                        const struct statistics_row *vmm, const struct statistics_row *log)
{
    const double times[] = {
        (double)vmm->min,
        (double)vmm->sum / (double)vmm->count,
        (double)statistics_percentile(vmm, 500),
        (double)statistics_percentile(vmm, 950),
        (double)statistics_percentile(vmm, 990),
        (double)vmm->max,
    };

    table_cell(table, "%" PRIu64, vmm->count);
    table_cell(table, "%" PRId64, (int64_t)(vmm->count - log->count));
    report_time_cell(table, style, (double)vmm->sum, "");
    report_time_cell(table, style, (double)vmm->sum - (double)log->sum, "");
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        report_time_cell(table, style, times[i], "");
}

/* The statistics of a vCPU, where they are not what the records say. */
static void add_own(struct table *table, const struct report *report,
                    const struct report_style *style, unsigned number)
{
    const struct own_statistics_vcpu *vcpu = report->own.vcpu[number];

    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        if (!vcpu->vmm.row[i].count)
            continue;
        table_cell(table, "%u", number);
        table_cell(table, "%s", schema_statistics_name(&report->schema, i));
        add_own_row(table, style, &vcpu->vmm.row[i], &vcpu->log.row[i]);
    }
}

static void print_own_table(struct report *report, const struct report_style *style,
                            const enum own_verdict verdict[END_VCPUS])
{
    static const char *const headings[] = { "count", "not in log", "total", "not in log", "min",
                                            "mean",  "p50",        "p95",   "p99",        "max" };
    struct table table = { 0 };

    output_print(&report->output,
                 "\nThe VMM's own statistics, complete though records were lost or "
                 "are missing; percentiles are upper bounds:\n\n");
    table_column(&table, "vCPU", true);
    table_column(&table, "reason", true);
    for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
        table_column(&table, headings[i], false);
    for (unsigned i = 0; i < END_VCPUS; i++)
        if (verdict[i] == OWN_MORE || verdict[i] == OWN_DIFFERS)
            add_own(&table, report, style, i);
    table_print(&table, &report->output);
}

void report_print_own(struct report *report, const struct report_style *style)
{
    enum own_verdict verdict[END_VCPUS];
    unsigned of[OWN_DIFFERS + 1] = { 0 };

    for (unsigned i = 0; i < END_VCPUS; i++)
        of[verdict[i] = report->verdict[i]]++;
    if (of[OWN_MORE] || of[OWN_DIFFERS])
        print_own_table(report, style, verdict);
    else if (of[OWN_SAME])
        output_print(&report->output, "The VMM's own statistics are the same.\n");
    if (of[OWN_DIFFERS])
        output_print(&report->output, "\n");
    for (unsigned i = 0; i < END_VCPUS; i++)
        if (verdict[i] == OWN_DIFFERS)
            own_statistics_differences(&report->own, i, &report->schema, &report->output);
}
