/* SPDX-License-Identifier: MIT */
/* The records of one CPU in a file of xentrace. */
#ifndef TRACE_HOST_IMPORT_XEN_STREAM_H
#define TRACE_HOST_IMPORT_XEN_STREAM_H

#include "trace/host/import/xen_windows.h"

enum { XEN_WORDS = 7 /* the most that a record has */ };

struct xen_stream {
    const struct xen_windows *windows;
    uint32_t cpu;        /* its number */
    uint32_t next;       /* window; 0: there is none */
    struct bytes window; /* records that are left */
    uint64_t behind;     /* where the window ends in the file */
    bool damaged;        /* a record goes beyond its window */
    /* The record at hand: */
    uint64_t time; /* its own, or that of the record before */
    uint32_t event;
    unsigned words;
    uint32_t word[XEN_WORDS];
};

/* Starts with the records of one of the file's CPUs. */
void xen_stream_begin(struct xen_stream *stream, const struct xen_windows *windows, unsigned cpu);

/* Takes the next record. False: there is none. */
bool xen_stream_next(struct xen_stream *stream);

/* Two words of the record at hand. */
static inline uint64_t xen_word64(const struct xen_stream *stream, unsigned i)
{
    return stream->word[i] | (uint64_t)stream->word[i + 1] << 32;
}

#endif
