/* SPDX-License-Identifier: MIT */
/*
 * The container that trace-cmd writes, trace.dat(5) of versions 6 and 7: which events it has, and
 * where each CPU's ring buffer pages are.
 */
#ifndef TRACE_HOST_IMPORT_TRACE_DAT_H
#define TRACE_HOST_IMPORT_TRACE_DAT_H

#include "trace/host/import/bytes.h"
#include "trace/host/import/event_format.h"
#include "trace/host/import/expand.h"

enum { TRACE_DAT_CPUS = 1024, TRACE_DAT_EXPANDED = 16 << 20, TRACE_DAT_TEXTS = 16 };

struct trace_dat {
    struct bytes file;
    uint32_t page_size;
    struct event_field page_time, page_commit;
    uint32_t page_data;  /* offset of the events in a page */
    struct bytes events; /* system names and event format texts */
    struct bytes names;  /* lines "PID NAME" */
    char clock[32];
    uint32_t multiplier, shift; /* from the clock's ticks to nanoseconds; 0: not told */
    enum expand_kind compression;
    unsigned cpus; /* that have data */
    struct trace_dat_cpu {
        struct bytes data;
        bool compressed;
    } cpu[TRACE_DAT_CPUS];
    uint64_t claimed; /* bytes of all of them */
    bool cut;         /* the file is shorter than it says: data of some CPU is missing */
    unsigned texts;
    void *text[TRACE_DAT_TEXTS]; /* expanded sections, to be freed */
    char error[160];             /* why it cannot be read */
};

/* Whether a file begins like one. */
bool trace_dat_begins(struct bytes file);

/* Reads what stands before the data. False with error filled in; to be closed in any case. */
bool trace_dat_open(struct trace_dat *dat, struct bytes file);

/* Calls take() with the format text of each event of a system. */
void trace_dat_events(const struct trace_dat *dat, const char *system,
                      void (*take)(void *context, const char *text, size_t n), void *context);

/* The name of a thread, at most n bytes with the NUL; "" where it is not known. */
void trace_dat_name(const struct trace_dat *dat, uint32_t pid, char *name, size_t n);

/* How often the clock ticks in a second; 0 where that is not known. */
uint64_t trace_dat_hz(const struct trace_dat *dat);

void trace_dat_close(struct trace_dat *dat);

#endif
