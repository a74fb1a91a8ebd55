/* SPDX-License-Identifier: MIT */
/* Which records a command is to look at: the options that commands share, and their evaluation. */
#ifndef TRACE_HOST_SHOW_FILTER_H
#define TRACE_HOST_SHOW_FILTER_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

/* A set of small numbers: a bit for each. */
static inline void filter_add(uint64_t *set, unsigned i)
{
    set[i / 64] |= 1ULL << i % 64;
}

static inline bool filter_has(const uint64_t *set, unsigned i)
{
    return set[i / 64] >> i % 64 & 1;
}

/* A point in time or a length of time, as typed: ticks, or seconds for which tsc_hz is needed. */
struct filter_time {
    enum { FILTER_TIME_NONE, FILTER_TIME_TICKS, FILTER_TIME_SECONDS } unit;
    uint64_t ticks; /* SECONDS: filled in when tsc_hz is known */
    double seconds;
};

/* One criterion a field; an element passes that meets all that were given. */
struct filter {
    bool active; /* any was given */
    bool failed; /* what was asked for makes no sense for this log; told on standard error */

    const char *reasons; /* as typed */
    bool all_reasons_but;
    uint64_t reason[SCHEMA_ROWS / 64 + 1]; /* a bit for each row of the schema */
    bool by_vcpu;
    uint64_t vcpu[(UINT16_MAX + 1) / 64];
    bool by_rip;
    uint64_t rip_from, rip_to;
    struct filter_time from, to; /* seconds: since the run's first record */
    struct filter_time slower;
    bool between;
    bool has_first_marker, has_last_marker;
    uint64_t first_marker, last_marker;

    /* Of the run that is being read */
    const struct schema *schema;
    uint64_t tsc_hz;
    bool resolved; /* names and times are known */
    bool started;
    uint64_t first_tsc;  /* of the run's first record */
    bool opened, closed; /* --between: its markers came */
    uint64_t opened_at, closed_at;
};

/*
 * Parses --reason, --vcpu, --rip, --time, --between and --slower; a child parser whose input is a
 * struct filter that is zeroed. The arguments must stay.
 */
extern const struct argp filter_argp;

/* A run begins of which nothing is known yet; its names are then those of `schema`. */
void filter_begin_run(struct filter *filter, const struct schema *schema);

/*
 * The run's START record came: `schema`, as given to filter_begin_run(), now holds its names. Sets
 * failed where the filter names what the log does not have.
 */
void filter_take_start(struct filter *filter, uint64_t tsc_hz);

enum filter_verdict {
    FILTER_OUTSIDE, /* not of the vCPUs, the time or the markers that were asked for */
    FILTER_INSIDE,  /* of these, but no exit that was asked for */
    FILTER_PASS,
};

/*
 * What the filter says of an element. Every element of the log must be given, in its order, as markers open
 * and close what --between selects. Markers pass unless the filter asks for what only exits have
 * (reason, RIP, duration). Lost elements pass by their vCPU and time alone: what was lost might
 * have passed.
 */
enum filter_verdict filter_judge(struct filter *filter, const struct trace_element *element);

/* Whether an element passes: the same in short. */
static inline bool filter_pass(struct filter *filter, const struct trace_element *element)
{
    return !filter->active || filter_judge(filter, element) == FILTER_PASS;
}

#endif
