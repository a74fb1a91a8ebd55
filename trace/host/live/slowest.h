/* SPDX-License-Identifier: MIT */
/* The exits that took longest to handle. */
#ifndef TRACE_HOST_LIVE_SLOWEST_H
#define TRACE_HOST_LIVE_SLOWEST_H

#include "trace/record.h"

enum { SLOWEST_MAX = 32 };

struct slowest {
    unsigned count;
    struct trace_element element[SLOWEST_MAX]; /* the slowest first; of equals, the earliest */
};

static inline uint64_t slowest_time(const struct trace_element *element)
{
    return element->entry_tsc - element->exit_tsc;
}

/* Takes an exit with its entry, if it is among the slowest. */
void slowest_add(struct slowest *slowest, const struct trace_element *element);

#endif
