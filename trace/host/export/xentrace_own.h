/* SPDX-License-Identifier: MIT */
/* What an export has in place of exit reasons and handlers that Xen or xenalyze do not know. */
#ifndef TRACE_HOST_EXPORT_XENTRACE_OWN_H
#define TRACE_HOST_EXPORT_XENTRACE_OWN_H

enum {
    XENTRACE_OTHER_REASON = 42, /* no processor has it */
    XENTRACE_OWN_MSR =
        0x76780000, /* "vx": MSR_READ of it and the reason stands for other handlers */
};

#endif
