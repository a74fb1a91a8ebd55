/* SPDX-License-Identifier: MIT */
/* What Xen's records of its handlers tell of an exit, as slots of the log. */
#ifndef TRACE_HOST_IMPORT_XEN_DETAILS_H
#define TRACE_HOST_IMPORT_XEN_DETAILS_H

#include "trace/host/import/pairing.h"
#include "trace/host/import/xen_stream.h"

/* Takes the stream's record, which is of a handler, for the vCPU's open exit. */
void xen_details(struct pairing *pairing, uint16_t vcpu, const struct xen_stream *stream);

#endif
