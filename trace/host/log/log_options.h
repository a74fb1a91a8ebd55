/* SPDX-License-Identifier: MIT */
/* Where a log comes from: the LOG argument and the options that belong to it. */
#ifndef TRACE_HOST_LOG_LOG_OPTIONS_H
#define TRACE_HOST_LOG_LOG_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/memory_input.h"

struct log_options {
    const char *path;
    unsigned long baud;
    bool quiet; /* no progress is shown */
    struct memory_options memory;
    const bool *stop; /* once it is true reading ends, and nothing is reported; may be NULL */
};

/* Fills in the defaults. */
void log_options_begin(struct log_options *options);

/* The log's name for messages. */
const char *log_name(const struct log_options *options);

/*
 * Child parsers whose input is a struct log_options: for --baud and the LOG argument, and for these
 * and --memory with what belongs to it.
 */
extern const struct argp log_source_argp, log_options_argp;

/* Reads an option's value: decimal digits and nothing else, from least to most. False: it is not. */
bool option_decimal(const char *argument, uint64_t least, uint64_t most, uint64_t *value);

#define OPTION_NUMBER_MAX (UINT64_MAX / 2) /* what readers of CTF take for a frequency */

/* The same from 1 to OPTION_NUMBER_MAX; any other value ends the program as wrong usage. */
uint64_t option_number(const char *argument, const char *option, struct argp_state *state);

/*
 * Whether LOG is an image of memory, by --memory or by a name memory:IMAGE. *path: the file's name.
 */
bool log_options_memory(const struct log_options *options, const char **path);

#endif
