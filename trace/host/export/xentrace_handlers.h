/* SPDX-License-Identifier: MIT */
/* Xen's records of how exits were handled, by which xenalyze sums up what the exits were for. */
#ifndef TRACE_HOST_EXPORT_XENTRACE_HANDLERS_H
#define TRACE_HOST_EXPORT_XENTRACE_HANDLERS_H

#include <stdint.h>

#include "trace/host/export/pack.h"
#include "trace/record.h"

/* What a record begins with: its event, and how many 32-bit words follow, a stamp not counted. */
void xentrace_put_header(struct packed *bytes, uint32_t event, unsigned words);

/* The record of the handler that dealt with an exit: at most 28 bytes. */
void xentrace_put_handler(struct packed *bytes, const struct trace_element *element);

#endif
