/* SPDX-License-Identifier: MIT */
/* The parts of the screen of `vexit live' between its head and its foot. */
#ifndef TRACE_HOST_LIVE_PANES_H
#define TRACE_HOST_LIVE_PANES_H

#include "trace/host/live/picture.h"

/*
 * Both draw into `height` lines from `top` and return by how many lines they are scrolled: the parts
 * that the view is of, and what the keys do.
 */
unsigned panes_draw(const struct live_view *view, int top, int height);
unsigned panes_help(int top, int height, unsigned scroll);

#endif
