/* SPDX-License-Identifier: MIT */
/* The guest's own switch of the trace (guest/vexit_call.h), as the records show it. */
#ifndef TRACE_HOST_SHOW_TRACE_SWITCH_H
#define TRACE_HOST_SHOW_TRACE_SWITCH_H

#include <stdbool.h>

#include "guest/vexit_call.h"
#include "trace/exit_reasons.h"
#include "trace/record.h"

/* Whether the exits after this one leave no records, until the guest switches the trace on again. */
static inline bool trace_switched_off(const struct trace_element *element)
{
    return element->kind == TRACE_EXIT_ENTRY && element->reason == EXIT_REASON_VMCALL &&
           element->written >> 1 & 1 &&
           element->slot[1] == (VEXIT_CALL_SIGNATURE | VEXIT_CALL_TRACE_OFF);
}

#endif
