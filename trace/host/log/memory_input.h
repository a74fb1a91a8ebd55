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

/*
 * Opens the image and finds the trace, which may come later where it is to be followed. NULL with the
 * reason in `why`; errno is ENOENT where there is no file, or nothing in it, as before a machine starts.
 */
struct memory_input *memory_input_open(const char *path, const struct memory_options *options,
                                       char why[MEMORY_WHY]);

/* Up to n bytes of the log, without waiting. 0: no more; where it is followed, not now. */
size_t memory_input_read(struct memory_input *input, void *bytes, size_t n);

/* Whether the trace has been found. */
bool memory_input_found(const struct memory_input *input);

void memory_input_close(struct memory_input *input);

#endif
