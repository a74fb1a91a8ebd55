/* SPDX-License-Identifier: MIT */
/* Formatted text without a C library: the subset of printf that the VMM needs. */
#ifndef VMM_FORMAT_H
#define VMM_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most n bytes including the final NUL into buf and returns the length that the whole
 * text would have. Knows %% %c %s %d %u %x with l, ll and z, the flags 0 and #, and a width;
 * anything else is copied as it stands.
 */
size_t format(char *buf, size_t n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
size_t vformat(char *buf, size_t n, const char *fmt, va_list ap);

#endif
