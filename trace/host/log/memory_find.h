/* SPDX-License-Identifier: MIT */
/* Finds the trace's header in an image of a machine's memory. */
#ifndef TRACE_HOST_LOG_MEMORY_FIND_H
#define TRACE_HOST_LOG_MEMORY_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/memory_image.h"
#include "trace/memory.h"

enum memory_found {
    MEMORY_FOUND,
    MEMORY_NONE, /* no header, whole or damaged: it may come yet where the machine still runs */
    MEMORY_USELESS,
};

/*
 * Looks at every page of the image for a header. at: of several, the one whose own address that is;
 * NULL: there must be one only. FOUND: *header is whole, and all that it names lies in the image
 * (which, if it is raw, now knows where it belongs). Otherwise `why` says what is wrong.
 */
enum memory_found memory_find(struct memory_image *image, const uint64_t *at,
                              struct trace_memory *header, char why[MEMORY_WHY]);

#endif
