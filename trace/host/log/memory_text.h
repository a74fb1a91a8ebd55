/* SPDX-License-Identifier: MIT */
/* The guest's text in an image of a machine's memory, line by line. */
#ifndef TRACE_HOST_LOG_MEMORY_TEXT_H
#define TRACE_HOST_LOG_MEMORY_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/memory_image.h"
#include "trace/memory.h"

struct memory_text {
    const struct memory_image *image;
    uint64_t from;  /* the address of a struct trace_memory_text */
    uint32_t vcpus; /* that there are */
    uint64_t lines; /* fetched or overwritten */
    bool waits;     /* `line` was fetched; the caller clears it when it has handed the line on */
    struct trace_memory_line line;
};

/* Starts with the first line of the text at address `from`. The image must stay. */
void memory_text_begin(struct memory_text *text, const struct memory_image *image, uint64_t from,
                       uint32_t vcpus);

/*
 * Reads the next line, if none waits and there is one. Returns how many were overwritten before they
 * could be read: none waits then, and the next call goes on behind them.
 */
uint64_t memory_text_fetch(struct memory_text *text);

#endif
