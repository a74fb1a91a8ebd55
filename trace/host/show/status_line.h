/* SPDX-License-Identifier: MIT */
/* One line on the terminal behind standard error that is written anew in its place. */
#ifndef TRACE_HOST_SHOW_STATUS_LINE_H
#define TRACE_HOST_SHOW_STATUS_LINE_H

#include <stdbool.h>

/* Whether standard error is a terminal that can show one. */
bool status_line_possible(void);

/* Shows this instead of what is shown, cut to the terminal's width. Only where it is possible. */
void status_line_show(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes it away; to be called before anything else is written to standard error. */
void status_line_clear(void);

#endif
