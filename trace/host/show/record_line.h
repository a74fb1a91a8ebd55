/* SPDX-License-Identifier: MIT */
/*
 * An element's lines, in the form of trace/text.h, by the names of a log's schema. Written for the
 * speed of whole logs; a test holds the two to the same text.
 */
#ifndef TRACE_HOST_SHOW_RECORD_LINE_H
#define TRACE_HOST_SHOW_RECORD_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

enum { RECORD_LINE_ROOM = 1536 }; /* bytes that `to` must have, more than are ever used */

/* Writes the lines of an element, each ended by \n, no NUL. Returns their length in bytes. */
size_t record_line(char *to, const struct schema *schema, const struct trace_element *element,
                   bool no_time);

#endif
