/* SPDX-License-Identifier: MIT */
/* Which records a command is to look at: the evaluation. */
#include "trace/host/show/filter.h"

#include <string.h>
#include <strings.h>

#include "trace/host/show/complain.h"
#include "trace/scan.h"

/* What depends on the log */

/* The row of a reason's name or number; SCHEMA_ROWS + 1 where there is none. */
static unsigned find_row(const struct schema *schema, const struct scan *word)
{
    char name[SCHEMA_NAME + 1];
    uint64_t number;
    unsigned row = 0;

    if (scan_whole_number(word, &number))
        return number < SCHEMA_ROWS ? (unsigned)number : SCHEMA_ROWS;
    scan_copy(word, name, sizeof(name));
    while (row <= SCHEMA_ROWS &&
           (!schema->row[row].name[0] || strcasecmp(schema->row[row].name, name) != 0))
        row++;
    return row;
}

static void resolve_reasons(struct filter *filter)
{
    struct scan rest = scan_string(filter->reasons);

    memset(filter->reason, 0, sizeof(filter->reason));
    while (!scan_empty(&rest)) {
        struct scan word = scan_until(&rest, ',');
        unsigned row = find_row(filter->schema, &word);

        if (row <= SCHEMA_ROWS) {
            filter_add(filter->reason, row);
            continue;
        }

        char name[64];

        scan_copy(&word, name, sizeof(name));
        log_complain("--reason", "the log knows no exit reason '%s'; stat lists those that came",
                     name);
        filter->failed = true;
        return;
    }
}

/* Seconds to ticks. */
static void resolve_time(struct filter *filter, struct filter_time *time, const char *option)
{
    if (time->unit != FILTER_TIME_SECONDS || filter->failed)
        return;
    if (!filter->tsc_hz) {
        log_complain(option, "the log does not tell the TSC frequency; give ticks");
        filter->failed = true;
        return;
    }

    double ticks = time->seconds * (double)filter->tsc_hz;

    time->ticks = ticks < 0x1p64 ? (uint64_t)ticks : UINT64_MAX;
}

static void resolve(struct filter *filter)
{
    filter->resolved = true;
    if (filter->reasons)
        resolve_reasons(filter);
    resolve_time(filter, &filter->from, "--time");
    resolve_time(filter, &filter->to, "--time");
    resolve_time(filter, &filter->slower, "--slower");
}

void filter_begin_run(struct filter *filter, const struct schema *schema)
{
    filter->schema = schema;
    filter->tsc_hz = 0;
    filter->resolved = filter->started = false;
    filter->opened = filter->closed = false;
}

void filter_take_start(struct filter *filter, uint64_t tsc_hz)
{
    filter->tsc_hz = tsc_hz;
    resolve(filter);
}

/* Elements */

/* A point in time as a stamp. */
static uint64_t stamp_of(const struct filter *filter, const struct filter_time *time)
{
    uint64_t stamp;

    if (time->unit != FILTER_TIME_SECONDS)
        return time->ticks;
    return __builtin_add_overflow(filter->first_tsc, time->ticks, &stamp) ? UINT64_MAX : stamp;
}

/* A marker opens or closes what --between selects. */
static void follow_marker(struct filter *filter, const struct trace_element *element)
{
    bool open = filter->has_first_marker ? filter->opened && !filter->closed : !filter->closed;

    if (open && filter->has_last_marker && element->slot[0] == filter->last_marker) {
        filter->closed = true;
        filter->closed_at = element->exit_tsc;
    } else if (!open && filter->has_first_marker && element->slot[0] == filter->first_marker) {
        filter->opened = true;
        filter->closed = false;
        filter->opened_at = element->exit_tsc;
    }
}

/*
 * By stamps, so that another vCPU's records are judged alike though they stand elsewhere in the
 * log. The VMCALLs that made the markers have the markers' stamps and are left out.
 */
static bool in_between(const struct filter *filter, const struct trace_element *element)
{
    uint64_t tsc = element->exit_tsc;
    bool marker = element->kind == TRACE_MARKER;

    if (filter->has_first_marker &&
        (!filter->opened || tsc < filter->opened_at || (tsc == filter->opened_at && !marker)))
        return false;
    return !filter->closed || tsc < filter->closed_at || (tsc == filter->closed_at && marker);
}

static bool in_time(const struct filter *filter, const struct trace_element *element)
{
    return (!filter->from.unit || element->exit_tsc >= stamp_of(filter, &filter->from)) &&
           (!filter->to.unit || element->exit_tsc <= stamp_of(filter, &filter->to));
}

static bool right_reason(const struct filter *filter, uint32_t reason)
{
    uint32_t basic = reason & EXIT_REASON_BASIC;

    return filter_has(filter->reason, basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS) !=
           filter->all_reasons_but;
}

/* What only exits have. */
static bool right_exit(const struct filter *filter, const struct trace_element *element)
{
    if (filter->reasons && !right_reason(filter, element->reason))
        return false;
    if (filter->by_rip && (element->rip < filter->rip_from || element->rip > filter->rip_to))
        return false;
    return !filter->slower.unit || (element->kind == TRACE_EXIT_ENTRY &&
                                    element->entry_tsc - element->exit_tsc > filter->slower.ticks);
}

enum filter_verdict filter_judge(struct filter *filter, const struct trace_element *element)
{
    bool pass;

    if (!filter->resolved)
        resolve(filter);
    if (filter->failed)
        return FILTER_OUTSIDE;
    if (!filter->started) {
        filter->started = true;
        filter->first_tsc = element->exit_tsc;
    }
    if (filter->between && element->kind == TRACE_MARKER)
        follow_marker(filter, element);
    if ((filter->by_vcpu && !filter_has(filter->vcpu, element->vcpu)) ||
        !in_time(filter, element) || (filter->between && !in_between(filter, element)))
        return FILTER_OUTSIDE;
    if (element->kind == TRACE_MARKER)
        pass = !filter->reasons && !filter->by_rip && !filter->slower.unit;
    else
        pass = element->kind == TRACE_LOST || right_exit(filter, element);
    return pass ? FILTER_PASS : FILTER_INSIDE;
}
