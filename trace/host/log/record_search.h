/* SPDX-License-Identifier: MIT */
/*
 * Finds record lines (wire=text) among other characters: a terminal that saves what it shows may
 * set a time before each line, and spaces or escape codes behind it, or end lines in its own way.
 */
#ifndef TRACE_HOST_LOG_RECORD_SEARCH_H
#define TRACE_HOST_LOG_RECORD_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct found_record {
    size_t begin, end; /* its marks included */
    uint8_t number;
    const char *line; /* without the marks */
    size_t length;
};

/* The first record line with a good checksum in n characters. False: there is none. */
bool record_search(const char *text, size_t n, struct found_record *found);

#endif
