/* SPDX-License-Identifier: MIT */
/* A file with an image of a machine's memory as the input of a log. */
#ifndef TRACE_HOST_LOG_MEMORY_INPUT_H
#define TRACE_HOST_LOG_MEMORY_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/log/memory_image.h"

/* How --memory and its companions ask for it. */
struct memory_options {
    bool wanted; /* the path is that of an image */
    bool follow; /* the machine still runs, and the file is its memory */
    bool has_at;
    uint64_t at; /* the header's address, where there are several */
};

struct memory_input;

/* Opens the image and finds the trace. NULL with the reason in `why`. */
struct memory_input *memory_input_open(const char *path, const struct memory_options *options,
                                       char why[MEMORY_WHY]);

/* Whether memory_input_read() would return at once. */
bool memory_input_ready(struct memory_input *input);

/* Up to n bytes of the log. Returns 0 at its end, when it is interrupted, or after patience_ms. */
size_t memory_input_read(struct memory_input *input, void *bytes, size_t n, int patience_ms);

void memory_input_close(struct memory_input *input);

#endif
