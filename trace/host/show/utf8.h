/* SPDX-License-Identifier: MIT */
/* What in a log's text is UTF-8. */
#ifndef TRACE_HOST_SHOW_UTF8_H
#define TRACE_HOST_SHOW_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the character that begins at `text`, of n bytes (n > 0); 0 where none does. */
size_t utf8_length(const char *text, size_t n);

/* Whether a terminal acts on the character there (of `length` bytes) instead of showing it. */
bool utf8_is_control(const char *text, size_t length);

#endif
