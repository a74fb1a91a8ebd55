/* SPDX-License-Identifier: MIT */
/* The guest's voice: COM1 at 115200 baud, 8N1. */
#ifndef GUEST_CONSOLE_H
#define GUEST_CONSOLE_H

#include <stdarg.h>

/* Sets the port up; every other function needs it. */
void console_init(void);

/* Prints one line; no newline in fmt. Formats: vmm/format.h. */
void console_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void console_vline(const char *prefix, const char *fmt, va_list ap);

/* Waits until the last bit has left the port: nothing is lost when the machine stops now. */
void console_flush(void);

#endif
