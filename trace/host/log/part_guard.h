/* SPDX-License-Identifier: MIT */
/* No signal that ends the program leaves a file behind that is not whole. */
#ifndef TRACE_HOST_LOG_PART_GUARD_H
#define TRACE_HOST_LOG_PART_GUARD_H

/* SIGINT, SIGTERM and SIGHUP wait until part_guard(): a file comes into being, or goes. */
void part_guard_hold(void);

/*
 * From now on these signals take away the file `part` and end the program; NULL: they just end it. The
 * name must stay.
 */
void part_guard(const char *part);

#endif
