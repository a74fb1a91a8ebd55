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
#include "trace/host/import/merge.h"
#include "trace/host/import/reading.h"

enum {
    TRACE_DAT_CPUS = MERGE_STREAMS,
    TRACE_DAT_BUFFERS = 64,
    TRACE_DAT_NAME = 32,
    TRACE_DAT_EXPANDED = 16 << 20,
    TRACE_DAT_TEXTS = 16,
};

struct trace_dat {
    struct bytes file;
    struct reading *reading;
    uint32_t page_size; /* of the machine */
    struct event_field page_time, page_commit;
    uint32_t page_data;         /* offset of the events in a page */
    struct bytes events;        /* system names and event format texts */
    struct bytes names;         /* lines "PID NAME" */
    char clock[TRACE_DAT_NAME]; /* where a buffer has none of its own */
    uint32_t multiplier, shift; /* from ticks of x86-tsc to nanoseconds; 0: not told */
    enum expand_kind compression;
    unsigned buffers; /* ftrace's instances; the top one has the name "" */
    struct trace_dat_buffer {
        char name[TRACE_DAT_NAME], clock[TRACE_DAT_NAME];
        uint32_t page_size; /* of its ring buffer */
    } buffer[TRACE_DAT_BUFFERS];
    unsigned cpus; /* that have data, of all buffers */
    struct trace_dat_cpu {
        struct bytes data;
        unsigned buffer; /* whose it is */
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
bool trace_dat_open(struct trace_dat *dat, struct bytes file, struct reading *reading);

/* Calls take() with the format text of each event of a system. */
void trace_dat_events(const struct trace_dat *dat, const char *system,
                      void (*take)(void *context, const char *text, size_t n), void *context);

/* The name of a thread, at most n bytes with the NUL; "" where it is not known. */
void trace_dat_name(const struct trace_dat *dat, uint32_t pid, char *name, size_t n);

/* The clock of a buffer's stamps. */
const char *trace_dat_clock_of(const struct trace_dat *dat, unsigned buffer);

/* How often it ticks in a second; 0 where that is not known. */
uint64_t trace_dat_hz(const struct trace_dat *dat, unsigned buffer);

void trace_dat_close(struct trace_dat *dat);

#endif
