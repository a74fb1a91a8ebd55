/* SPDX-License-Identifier: MIT */
/* The messages of every command. */
#ifndef TRACE_HOST_SHOW_COMPLAIN_H
#define TRACE_HOST_SHOW_COMPLAIN_H

/*
 * Tells what went wrong with a log, file or option, in one line on standard error. Whatever is in the
 * words, it stays on that line, and a terminal acts on none of it.
 */
void log_complain(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
