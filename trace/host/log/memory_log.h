/* SPDX-License-Identifier: MIT */
/*
 * The trace in an image of a machine's memory, made into the bytes of a log: what the VMM would have
 * sent. So every command that reads a log reads memory too.
 */
#ifndef TRACE_HOST_LOG_MEMORY_LOG_H
#define TRACE_HOST_LOG_MEMORY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/log/memory_find.h"
#include "trace/host/log/memory_image.h"

struct memory_log;

/*
 * Begins at the oldest record that the image holds. header: from memory_find(). live: the machine may
 * still run, and the image changes; the log is over when the run is. The image has to stay. NULL
 * without memory.
 */
struct memory_log *memory_log_new(const struct memory_image *image,
                                  const struct trace_memory *header, bool live);

/* The next bytes of the log, at most n; 0: no more, or if it is live not now. */
size_t memory_log_read(struct memory_log *log, void *bytes, size_t n);

/* Whether no more will ever come. */
bool memory_log_over(const struct memory_log *log);

void memory_log_free(struct memory_log *log);

#endif
