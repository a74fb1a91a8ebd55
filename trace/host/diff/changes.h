/* SPDX-License-Identifier: MIT */
/* A table of what two logs say on each exit reason: counts and times, and how much they changed. */
#ifndef TRACE_HOST_DIFF_CHANGES_H
#define TRACE_HOST_DIFF_CHANGES_H

#include "trace/host/diff/side.h"
#include "trace/host/show/output.h"

/* Prints a line for each reason that either side has, those that changed most in time first. */
void changes_print(struct side *const side[2], struct output *output);

#endif
