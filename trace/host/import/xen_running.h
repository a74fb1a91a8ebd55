/* SPDX-License-Identifier: MIT */
/* Which vCPU runs on a CPU, as far as Xen's records tell. */
#ifndef TRACE_HOST_IMPORT_XEN_RUNNING_H
#define TRACE_HOST_IMPORT_XEN_RUNNING_H

#include "trace/host/import/xen_stream.h"

/* The domain where it is not told; the CPU's number stands for the vCPU then. */
enum { XEN_NO_DOMAIN = 0x8000 };

struct xen_running {
    uint32_t domain, vcpu;
};

/* What the record at hand tells of who runs on its CPU from then on. False: nothing. */
bool xen_tells_running(const struct xen_stream *stream, struct xen_running *running);

/* Who runs on a CPU when its records begin: the first one to leave it, if that is told first. */
struct xen_running xen_first_running(const struct xen_windows *windows, unsigned cpu);

#endif
