/* SPDX-License-Identifier: MIT */
/*
 * The texts with which a Linux kernel describes its trace events and ring buffer pages
 * (events/SYSTEM/EVENT/format, events/header_page): where each field is.
 */
#ifndef TRACE_HOST_IMPORT_EVENT_FORMAT_H
#define TRACE_HOST_IMPORT_EVENT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in an event: 1, 2, 4 or 8 bytes; size 0 where the event has no such field. */
struct event_field {
    uint32_t offset, size;
};

/* The event's name, at most n bytes with the NUL, and its number. False if either is missing. */
bool event_format_head(const char *text, size_t length, char *name, size_t n, uint32_t *id);

/* A field by its name. False, with size 0, if there is none that is a number. */
bool event_format_field(const char *text, size_t length, const char *name,
                        struct event_field *field);

/* The field's value in an event of n bytes, little endian; 0 where it is not there. */
uint64_t event_value(const struct event_field *field, const uint8_t *event, size_t n);

#endif
