/* SPDX-License-Identifier: MIT */
/*
 * What one format of another tool is to `vexit export`: it takes a run's elements in their order and
 * writes them, in bounded memory, to a file or directory of its own.
 */
#ifndef TRACE_HOST_EXPORT_EXPORTER_H
#define TRACE_HOST_EXPORT_EXPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"
#include "trace/start.h"

enum { EXPORT_VCPUS = 256 }; /* as many as xenalyze and a process's open files allow */

/* What is known of the run when its first element comes. Valid until end(). */
struct export_run {
    const struct trace_start *start; /* zeroed where the log has none */
    const struct schema *schema;
    uint64_t tsc_hz; /* never 0 */
    bool *failed;    /* to be set, after it was told, once something could not be written */
};

/* Records of a vCPU that are not there, between two stamps of records that are. */
struct export_loss {
    uint16_t vcpu;
    uint64_t records;      /* 0: nobody knows how many, or whether there were any */
    uint64_t since, until; /* until > since, but after the vCPU's last record: until == since */
};

/*
 * The stamps of each vCPU that a format is given are not 0 and never go back: exit and entry of an
 * element, and all that came before it. Once *run->failed is set nothing but end() is called.
 */
struct exporter {
    /* Creates the target and returns the format's own state; NULL after an error was told. */
    void *(*begin)(const char *path, const struct export_run *run);
    /* TRACE_EXIT_ENTRY and TRACE_EXIT_ONLY */
    void (*exit)(void *state, const struct trace_element *element);
    void (*marker)(void *state, const struct trace_element *element);
    void (*loss)(void *state, const struct export_loss *loss);
    /* Completes the target and frees the state. */
    void (*end)(void *state);
};

/* The largest time that tools can hold, some with doubles on the way: 146 years. */
#define EXPORT_NS_MAX (INT64_MAX / 2)

/* A stamp in nanoseconds. No stamp that a format is given has more than EXPORT_NS_MAX. */
static inline uint64_t export_ns(const struct export_run *run, uint64_t tsc)
{
    return (uint64_t)((unsigned __int128)tsc * 1000000000 / run->tsc_hz);
}

/* exporters.def has a row for each. */
#define EXPORTER(name, option, argument, words) extern const struct exporter name##_exporter;
#include "trace/host/export/exporters.def"

#endif
