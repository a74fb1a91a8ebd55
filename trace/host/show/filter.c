/* SPDX-License-Identifier: MIT */
/* Which records a command is to look at. */
#include "trace/host/show/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/scan.h"

static void set_bit(uint64_t *bits, unsigned i)
{
    bits[i / 64] |= 1ULL << i % 64;
}

static bool has_bit(const uint64_t *bits, unsigned i)
{
    return bits[i / 64] >> i % 64 & 1;
}

/* Options */

/* Takes the part of `text` before the next `stop`, which is passed. False: there is no more. */
static bool next_part(struct scan *text, char stop, struct scan *part)
{
    if (scan_empty(text))
        return false;
    *part = scan_until(text, stop);
    return true;
}

static struct scan scan_string(const char *text)
{
    return scan_begin(text, strlen(text));
}

/* A number and nothing else. */
static bool whole_number(struct scan part, uint64_t *value)
{
    return scan_number(&part, value) && scan_empty(&part);
}

/* "20", "1.5s", "30ms", "7us", "90ns" */
static bool parse_time(struct scan part, struct filter_time *time)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 } };
    char text[32], *end, *unit;

    if (whole_number(part, &time->ticks)) {
        time->unit = FILTER_TIME_TICKS;
        return true;
    }
    scan_copy(&part, text, sizeof(text));
    unit = text + strspn(text, "0123456789.");
    time->seconds = strtod(text, &end);
    if (end == text || end != unit)
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (strcmp(unit, units[i].name) == 0) {
            time->seconds *= units[i].seconds;
            time->unit = FILTER_TIME_SECONDS;
            return true;
        }
    return false;
}

/* "FROM-TO", "FROM-", "-TO" */
static bool parse_time_range(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), from = scan_until(&rest, '-');

    if (from.end == rest.end || (scan_empty(&from) && scan_empty(&rest)))
        return false;
    return (scan_empty(&from) || parse_time(from, &filter->from)) &&
           (scan_empty(&rest) || parse_time(rest, &filter->to));
}

/* "0xffffffff81000000-0xffffffff81ffffff", or one address */
static bool parse_rip(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), from = scan_until(&rest, '-');
    bool single = from.end == rest.end;

    filter->by_rip = true;
    return whole_number(from, &filter->rip_from) &&
           whole_number(single ? from : rest, &filter->rip_to) &&
           filter->rip_from <= filter->rip_to;
}

/* "0,2-3" */
static bool parse_vcpus(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), part;
    uint64_t from, to;

    filter->by_vcpu = true;
    while (next_part(&rest, ',', &part)) {
        struct scan first = scan_until(&part, '-');

        if (!whole_number(first, &from) ||
            !whole_number(first.end == part.end ? first : part, &to) || from > to ||
            to > UINT16_MAX)
            return false;
        for (uint64_t i = from; i <= to; i++)
            set_bit(filter->vcpu, (unsigned)i);
    }
    return *argument != '\0';
}

/* "0x1111,0x2222"; either may be left out */
static bool parse_between(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), first = scan_until(&rest, ',');

    if (!strchr(argument, ','))
        return false;
    filter->between = true;
    filter->has_first_marker = !scan_empty(&first);
    filter->has_last_marker = !scan_empty(&rest);
    return (filter->has_first_marker || filter->has_last_marker) &&
           (!filter->has_first_marker || whole_number(first, &filter->first_marker)) &&
           (!filter->has_last_marker || whole_number(rest, &filter->last_marker));
}

/* "CPUID,30" or "!CPUID,30"; the names are looked up when the log's own are known. */
static bool parse_reasons(const char *argument, struct filter *filter)
{
    filter->all_reasons_but = *argument == '!';
    filter->reasons = argument + filter->all_reasons_but;
    return *filter->reasons != '\0' && strspn(filter->reasons, ",") == 0;
}

enum {
    OPTION_REASON = 0x1000,
    OPTION_VCPU,
    OPTION_RIP,
    OPTION_TIME,
    OPTION_BETWEEN,
    OPTION_SLOWER,
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct filter *filter = state->input;
    const char *wrong = NULL;

    switch (key) {
    case OPTION_REASON:
        if (!parse_reasons(argument, filter))
            wrong = "--reason takes names or numbers of exit reasons";
        break;
    case OPTION_VCPU:
        if (!parse_vcpus(argument, filter))
            wrong = "--vcpu takes numbers and ranges, as 0,2-3";
        break;
    case OPTION_RIP:
        if (!parse_rip(argument, filter))
            wrong = "--rip takes FROM-TO or one address, as 0x101000-0x101fff";
        break;
    case OPTION_TIME:
        if (!parse_time_range(argument, filter))
            wrong = "--time takes FROM-TO, in ticks or with a unit, as 1.5s-2s";
        break;
    case OPTION_BETWEEN:
        if (!parse_between(argument, filter))
            wrong = "--between takes the RBX values of two markers, as 0x1111,0x2222";
        break;
    case OPTION_SLOWER:
        if (!parse_time(scan_string(argument), &filter->slower))
            wrong = "--slower takes ticks or a time with a unit, as 20us";
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    filter->active = true;
    if (!wrong)
        return 0;
    argp_error(state, "%s, and not '%s'", wrong, argument);
    return EINVAL;
}

static const struct argp_option option_rows[] = {
    { NULL, 0, NULL, 0, "Which records:", 1 },
    { "reason", OPTION_REASON, "REASON[,REASON]", 0,
      "Exits of these reasons, by name or number; !REASON,REASON: of all others", 0 },
    { "vcpu", OPTION_VCPU, "LIST", 0, "Of these vCPUs, as 0,2-3", 0 },
    { "rip", OPTION_RIP, "FROM-TO", 0, "Exits at these guest addresses, both included", 0 },
    { "time", OPTION_TIME, "FROM-TO", 0,
      "Between these stamps: ticks of the TSC, or seconds since the first record with a unit (s, "
      "ms, us, ns); either may be left out",
      0 },
    { "between", OPTION_BETWEEN, "RBX,RBX", 0,
      "From a marker with the first value to the next with the second; either may be left out", 0 },
    { "slower", OPTION_SLOWER, "TICKS|TIME", 0,
      "Exits whose handling took longer, in ticks or with a unit", 0 },
    { 0 },
};

const struct argp filter_argp = { .options = option_rows, .parser = parse };

/* What depends on the log */

static void fail(struct filter *filter, const char *format, const char *word)
{
    fputs("vexit: ", stderr);
    fprintf(stderr, format, word);
    fputc('\n', stderr);
    filter->failed = true;
}

/* The row of a reason's name or number; SCHEMA_ROWS + 1 where there is none. */
static unsigned find_row(const struct schema *schema, const struct scan *word)
{
    char name[SCHEMA_NAME + 1];
    uint64_t number;
    unsigned row = 0;

    if (whole_number(*word, &number))
        return number < SCHEMA_ROWS ? (unsigned)number : SCHEMA_ROWS;
    scan_copy(word, name, sizeof(name));
    while (row <= SCHEMA_ROWS &&
           (!schema->row[row].name[0] || strcasecmp(schema->row[row].name, name) != 0))
        row++;
    return row;
}

static void resolve_reasons(struct filter *filter)
{
    struct scan rest = scan_string(filter->reasons), word;

    memset(filter->reason, 0, sizeof(filter->reason));
    while (next_part(&rest, ',', &word)) {
        unsigned row = find_row(filter->schema, &word);

        if (row <= SCHEMA_ROWS) {
            set_bit(filter->reason, row);
            continue;
        }

        char name[64];

        scan_copy(&word, name, sizeof(name));
        fail(filter, "--reason: the log knows no exit reason '%s'; stat lists those that came",
             name);
        return;
    }
}

/* Seconds to ticks. */
static void resolve_time(struct filter *filter, struct filter_time *time, const char *option)
{
    if (time->unit != FILTER_TIME_SECONDS || filter->failed)
        return;
    if (!filter->tsc_hz) {
        fail(filter, "%s: the log does not tell the TSC frequency; give ticks", option);
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

    return has_bit(filter->reason, basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS) !=
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
    if ((filter->by_vcpu && !has_bit(filter->vcpu, element->vcpu)) || !in_time(filter, element) ||
        (filter->between && !in_between(filter, element)))
        return FILTER_OUTSIDE;
    if (element->kind == TRACE_MARKER)
        pass = !filter->reasons && !filter->by_rip && !filter->slower.unit;
    else
        pass = element->kind == TRACE_LOST || right_exit(filter, element);
    return pass ? FILTER_PASS : FILTER_INSIDE;
}
