/* SPDX-License-Identifier: MIT */
/* Cuts a log's bytes into frames, text and damage. Knows nothing of what they mean. */
#ifndef TRACE_HOST_LOG_LOG_SCANNER_H
#define TRACE_HOST_LOG_LOG_SCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/wire.h"

/* What the scanner calls, in the order of the log. Pointers are valid during the call only. */
struct scanner_events {
    void *context;
    /* A frame of a known kind and a good checksum, at this offset of the log. */
    void (*frame)(void *context, uint64_t offset, const struct wire_frame *frame,
                  uint32_t checksum);
    /* A good frame of a newer format: only length and sequence of it are known. */
    void (*newer)(void *context, uint64_t offset, const struct wire_frame *frame,
                  uint32_t checksum);
    /* Bytes of text, in pieces of any length. */
    void (*text)(void *context, uint64_t offset, const char *text, size_t n);
    /* Bytes that are neither: each stretch is told once, whole, before what follows it. */
    void (*damage)(void *context, uint64_t offset, uint64_t length);
};

enum { SCANNER_BUFFER = 4 * WIRE_FRAME_MAX };

struct log_scanner {
    struct scanner_events events;
    uint64_t offset; /* in the log, of buffer[0] */
    size_t used;
    bool damaged;       /* inside a stretch of damage, which began at damage_from */
    bool after_newline; /* damage: the byte before buffer[0] was a newline */
    uint64_t damage_from;
    uint64_t damage_until; /* where the damaged frame's header says it ends; 0: not known */
    uint8_t buffer[SCANNER_BUFFER];
};

/* Starts at the beginning of a log. */
void scanner_begin(struct log_scanner *scanner, const struct scanner_events *events);

/* Takes the next n bytes. What cannot be told yet stays in the scanner's buffer. */
void scanner_feed(struct log_scanner *scanner, const void *bytes, size_t n);

/* Takes the end of the log. */
void scanner_finish(struct log_scanner *scanner);

#endif
