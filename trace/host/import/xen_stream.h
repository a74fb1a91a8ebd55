/* SPDX-License-Identifier: MIT */
/*
 * The records of one CPU in a file of xentrace: the CPUs' records stand in windows, each with a
 * record before it that names the CPU and the window's size.
 */
#ifndef TRACE_HOST_IMPORT_XEN_STREAM_H
#define TRACE_HOST_IMPORT_XEN_STREAM_H

#include "trace/host/import/bytes.h"

enum {
    XEN_CPU_CHANGE = 0x0001f003,
    XEN_CPU_CHANGE_HEADER = 0x2001f003, /* with two words and no time */
    XEN_WINDOW_HEADER = 12,             /* bytes of that record */
    XEN_WORDS = 7,                      /* the most that a record has */
};

struct xen_stream {
    uint32_t cpu;
    struct bytes file;   /* behind the window at hand */
    struct bytes window; /* records that are left */
    bool damaged;        /* a record or window goes beyond its end */
    /* The record at hand: */
    uint64_t time; /* its own, or that of the record before */
    uint32_t event;
    unsigned words;
    uint32_t word[XEN_WORDS];
};

/* Finds the next window from the front of *file, which is left behind it. False: there is none. */
bool xen_next_window(struct bytes *file, uint32_t *cpu, struct bytes *window);

/* Starts with a CPU's records. */
void xen_stream_begin(struct xen_stream *stream, struct bytes file, uint32_t cpu);

/* Takes the next record. False: there is none. */
bool xen_stream_next(struct xen_stream *stream);

/* Two words of the record at hand. */
static inline uint64_t xen_word64(const struct xen_stream *stream, unsigned i)
{
    return stream->word[i] | (uint64_t)stream->word[i + 1] << 32;
}

#endif
