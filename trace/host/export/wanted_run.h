/* SPDX-License-Identifier: MIT */
/*
 * One run of a log, as its targets take it: what the filter lets pass, in stamps that do not go back,
 * with what is missing in its place.
 */
#ifndef TRACE_HOST_EXPORT_WANTED_RUN_H
#define TRACE_HOST_EXPORT_WANTED_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/export/exporter.h"
#include "trace/host/export/targets.h"
#include "trace/host/log/log_options.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/show/filter.h"
#include "trace/host/show/schema.h"
#include "trace/start.h"

struct wanted_run {
    /* To be filled in before the log is read. */
    const char *name;  /* of the log, for messages */
    uint64_t number;   /* of the run in the log, from 1 */
    uint64_t given_hz; /* ticks of the TSC in a second; 0: as the log says */
    struct filter filter;
    struct targets targets;

    /* What came of it. */
    bool stop;     /* reading, as something failed that was told */
    bool found;    /* the run, to its end: its targets are kept */
    bool complete; /* that run */
    uint64_t at;   /* the run that is being read, from 1 */

    /* Its own. */
    bool begun;     /* the targets are there */
    uint64_t moved; /* records whose stamps were before those of the records before */
    struct schema schema;
    struct trace_start start;
    struct export_run run;
    struct export_vcpu *vcpu; /* EXPORT_VCPUS of them */
};

/* A new one, to which nothing but the first run is known yet. NULL without memory. */
struct wanted_run *wanted_run_new(void);

/* What the log's reader is to call, once all is filled in. */
struct log_events wanted_run_events(struct wanted_run *wanted);

/* Takes away targets that were begun and did not become whole. NULL is allowed. */
void wanted_run_free(struct wanted_run *wanted);

#endif
