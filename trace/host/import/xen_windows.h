/* SPDX-License-Identifier: MIT */
/*
 * Where each CPU's records are in a file of xentrace: they stand in windows, each with a record before
 * it that names the CPU and the window's size.
 */
#ifndef TRACE_HOST_IMPORT_XEN_WINDOWS_H
#define TRACE_HOST_IMPORT_XEN_WINDOWS_H

#include "trace/host/import/bytes.h"
#include "trace/host/import/merge.h"
#include "trace/host/import/reading.h"

enum {
    XEN_CPU_CHANGE_HEADER = 0x2001f003, /* with two words and no time */
    XEN_CPUS = MERGE_STREAMS,
};

struct xen_windows {
    struct bytes file;
    struct reading *reading;
    bool cut; /* the file breaks off, or goes on with what is no window */
    unsigned cpus;
    struct xen_cpu {
        uint32_t number;
        uint32_t first, last; /* of its windows */
    } cpu[XEN_CPUS];
    uint16_t place[2 * XEN_CPUS]; /* of a CPU in `cpu`, and one; by its number */
    struct xen_window {
        uint64_t offset; /* of its records */
        uint32_t size;   /* of them */
        uint32_t next;   /* of the same CPU; 0: there is none */
    } * window;          /* that hold something, in the order of the file, from 1 on */
};

enum xen_windows_result { XEN_WINDOWS_FOUND, XEN_WINDOWS_MANY_CPUS, XEN_WINDOWS_NO_MEMORY };

/* Finds them all; to be closed in any case. */
enum xen_windows_result xen_windows_find(struct xen_windows *windows, struct bytes file,
                                         struct reading *reading);

void xen_windows_close(struct xen_windows *windows);

#endif
