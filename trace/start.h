/* SPDX-License-Identifier: MIT */
/* The start record: what a reader must know about the run that follows. */
#ifndef TRACE_START_H
#define TRACE_START_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_start {
    char version[32]; /* of vexit */
    uint64_t tsc_hz;  /* TSC ticks a second; 0: not known */
    uint32_t vcpus;
    char options[512]; /* the option line in force */
};

/*
 * Writes the payload of a START frame: key=value lines, then a line for each exit reason with its
 * slots' names and kinds. Returns the length in bytes, without the NUL that ends it; 0 if n is too
 * small (START_PAYLOAD_MAX is enough).
 */
enum { START_PAYLOAD_MAX = 8192 };
size_t start_encode(char *payload, size_t n, const struct trace_start *start);

/*
 * Reads such a payload of n bytes (no NUL needed). Unknown keys are skipped, missing ones leave 0.
 * Returns false if a line is malformed.
 */
bool start_decode(const char *payload, size_t n, struct trace_start *start);

/* Reads one line of such a payload into *start, which is kept but for what the line says. */
bool start_decode_line(const char *line, size_t n, struct trace_start *start);

#endif
