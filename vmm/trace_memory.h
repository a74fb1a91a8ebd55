/* SPDX-License-Identifier: MIT */
/* The header by which a reader of the memory finds the trace: trace/memory.h. */
#ifndef VMM_TRACE_MEMORY_H
#define VMM_TRACE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/memory.h"
#include "vmx/vcpu.h"

/*
 * Writes the header into a page of its own, once the vCPU has its ring. start: the START payload of n
 * bytes, which has to stay.
 */
void trace_memory_begin(void *page, const struct vcpu *vcpu, const char *start, size_t n);

/* Keeps a line of the guest's text, of at most TRACE_MEMORY_LINE characters, before the exit in hand. */
void trace_memory_text(const struct vcpu *vcpu, const char *line, size_t n);

/* Line n of the text, counted from 0; NULL while there is no such line. */
const struct trace_memory_line *trace_memory_line(uint64_t n);

/* Whether one more line can be kept while line n still is. */
bool trace_memory_room(uint64_t n);

/* Keeps the END payload, in the place of an earlier one. */
void trace_memory_end(const char *payload, size_t n);

/* Called when all has been sent too; does nothing: a place for a debugger to stop and save memory. */
void trace_memory_complete(void);

#endif
