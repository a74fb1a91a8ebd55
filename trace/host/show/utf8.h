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

enum { UTF8_SHOWN = 4 /* bytes, at most, of a character as it is shown */ };

/*
 * Stores the first character of n bytes (n > 0) at *to, which moves on by up to UTF8_SHOWN (room is for a
 * NUL, too): as it is, or as \xNN where it is no UTF-8, or a terminal would act on it and it is not `kept` (0: none is).
 * Returns how many bytes of the text that was.
 */
size_t utf8_show(char **to, const char *text, size_t n, char kept);

#endif
