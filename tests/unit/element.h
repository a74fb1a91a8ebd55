/* SPDX-License-Identifier: MIT */
/* Elements as a decoder gives them back. */
#ifndef TESTS_UNIT_ELEMENT_H
#define TESTS_UNIT_ELEMENT_H

#include <stdbool.h>
#include <string.h>

#include "trace/record.h"

/* What a decoder makes of an element of this vCPU: all that its kind does not define is 0. */
static inline struct trace_element element_normal(const struct trace_element *e, uint16_t vcpu)
{
    struct trace_element n = *e;
    bool is_exit = e->kind <= TRACE_EXIT_ONLY;

    n.vcpu = vcpu;
    n.written = (uint8_t)((e->written | is_exit) & 0x1f);
    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        n.slot[i] = n.written >> i & 1 ? e->slot[i] : 0;
    if (is_exit)
        n.slot[0] = e->reason;
    else
        n.rip = n.qualification = n.reason = 0;
    if (e->kind != TRACE_EXIT_ENTRY)
        n.entry_tsc = 0;
    return n;
}

/* Whether they are the same, byte by byte: the structure has no padding. */
static inline bool element_equal(const struct trace_element *a, const struct trace_element *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

#endif
