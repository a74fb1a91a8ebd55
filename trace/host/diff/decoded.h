/* SPDX-License-Identifier: MIT */
/*
 * Reads what `vexit decode` printed, as if it were the log: with or without stamps and RIPs, and
 * with parts of numbers hidden, as a file that is kept to compare with may have it.
 *
 *   vcpu0 entry RDTSC value=*                  a number that is not told is 0
 *   vcpu0 exit EPT_VIOLATION qualification=0x1.....      as is a digit
 */
#ifndef TRACE_HOST_DIFF_DECODED_H
#define TRACE_HOST_DIFF_DECODED_H

#include <stdbool.h>

#include "trace/host/log/log_reader.h"

/* Whether the file at `path` begins with a line that decode prints. Regular files only. */
bool decoded_begins(const char *path);

/*
 * Reads the file and calls the events start, element and end. Returns an exit status (commands.h);
 * what is wrong goes to standard error.
 */
int decoded_read(const char *path, const struct log_events *events);

#endif
