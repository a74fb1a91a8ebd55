/* SPDX-License-Identifier: MIT */
/* The end record: how the run ended, and the balance of its records. */
#ifndef TRACE_END_H
#define TRACE_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { END_VCPUS = 64, END_PAYLOAD_MAX = 256 + END_VCPUS * 64 };

struct trace_end {
    uint32_t status;  /* 0: success */
    char reason[200]; /* one line */
    uint32_t vcpus;
    struct {
        uint64_t generated; /* records (trace_records()) made by this vCPU, lost ones included */
        uint64_t lost;      /* of these, the ones the ring had no room for */
    } vcpu[END_VCPUS];
};

/*
 * Writes the payload of an END frame, key=value lines. Returns the length in bytes, without the NUL
 * that ends it; 0 if n is too small (END_PAYLOAD_MAX is enough).
 */
size_t end_encode(char *payload, size_t n, const struct trace_end *end);

/* Reads such a payload of n bytes. Returns false if it is malformed or has no status. */
bool end_decode(const char *payload, size_t n, struct trace_end *end);

/* Reads one line of such a payload into *end, which is kept but for what the line says. */
bool end_decode_line(const char *line, size_t n, struct trace_end *end);

#endif
