/* SPDX-License-Identifier: MIT */
/*
 * Writes a log as the VMM sends it: START, records of any number of vCPUs as they come, statistics,
 * END with the balance.
 */
#ifndef TRACE_HOST_IMPORT_LOG_WRITER_H
#define TRACE_HOST_IMPORT_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/end.h"
#include "trace/record.h"
#include "trace/start.h"

struct log_writer {
    /* Takes n bytes of the log. False: they could not be written. */
    bool (*write)(void *context, const void *bytes, size_t n);
    void *context;
    bool failed; /* a write, or memory: nothing more is written */
    uint32_t sequence;
    struct log_writer_vcpu *vcpu[END_VCPUS]; /* NULL: no record yet */
    uint8_t *blob;                           /* a frame that is no TRACE frame */
};

/* Starts a log. */
void log_writer_begin(struct log_writer *writer,
                      bool (*write)(void *context, const void *bytes, size_t n), void *context,
                      const struct trace_start *start);

/* Writes lines of text, each with its end. */
void log_writer_text(struct log_writer *writer, const char *text);

/* Writes an element of its vCPU, which is below END_VCPUS. */
void log_writer_add(struct log_writer *writer, const struct trace_element *element);

/* Ends the log and frees what it needed. False where not all could be written. */
bool log_writer_end(struct log_writer *writer, uint32_t status, const char *reason);

#endif
