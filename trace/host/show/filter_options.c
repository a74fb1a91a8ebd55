/* SPDX-License-Identifier: MIT */
/* Which records a command is to look at: the options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/show/filter.h"
#include "trace/scan.h"

/* "20", "1.5s", "30ms", "7us", "90ns" */
static bool parse_time(struct scan part, struct filter_time *time)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = { { "ns", 1e-9 }, { "us", 1e-6 }, { "ms", 1e-3 }, { "s", 1 } };
    char text[32], *end, *unit;

    if (scan_whole_number(&part, &time->ticks)) {
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

/* Whether a is known to be before b: only times of one kind can be compared yet. */
static bool is_before(const struct filter_time *a, const struct filter_time *b)
{
    if (a->unit != b->unit)
        return false;
    return a->unit == FILTER_TIME_TICKS ? a->ticks < b->ticks : a->seconds < b->seconds;
}

/* "FROM-TO", "FROM-", "-TO" */
static bool parse_time_range(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), from = scan_until(&rest, '-');

    if (from.end == rest.end || (scan_empty(&from) && scan_empty(&rest)))
        return false;
    filter->from.unit = filter->to.unit = FILTER_TIME_NONE;
    return (scan_empty(&from) || parse_time(from, &filter->from)) &&
           (scan_empty(&rest) || parse_time(rest, &filter->to)) &&
           !is_before(&filter->to, &filter->from);
}

/* "0xffffffff81000000-0xffffffff81ffffff", or one address */
static bool parse_rip(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), from = scan_until(&rest, '-');
    bool single = from.end == rest.end;

    filter->by_rip = true;
    return scan_whole_number(&from, &filter->rip_from) &&
           scan_whole_number(single ? &from : &rest, &filter->rip_to) &&
           filter->rip_from <= filter->rip_to;
}

/* "0,2-3" */
static bool parse_vcpus(const char *argument, struct filter *filter)
{
    struct scan rest = scan_string(argument), part;
    uint64_t from, to;

    filter->by_vcpu = true;
    do {
        part = scan_until(&rest, ',');

        struct scan first = scan_until(&part, '-');

        if (!scan_whole_number(&first, &from) ||
            !scan_whole_number(first.end == part.end ? &first : &part, &to) || from > to ||
            to > UINT16_MAX)
            return false;
        for (uint64_t i = from; i <= to; i++)
            filter_add(filter->vcpu, (unsigned)i);
    } while (part.end != rest.end);
    return true;
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
           (!filter->has_first_marker || scan_whole_number(&first, &filter->first_marker)) &&
           (!filter->has_last_marker || scan_whole_number(&rest, &filter->last_marker));
}

/* "CPUID,30" or "!CPUID,30"; the names are looked up when the log's own are known. */
static bool parse_reasons(const char *argument, struct filter *filter)
{
    filter->all_reasons_but = *argument == '!';
    filter->reasons = argument + filter->all_reasons_but;

    size_t n = strlen(filter->reasons);

    return n && filter->reasons[0] != ',' && filter->reasons[n - 1] != ',';
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
