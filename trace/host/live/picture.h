/* SPDX-License-Identifier: MIT */
/* What is on the screen of `vexit live'. */
#ifndef TRACE_HOST_LIVE_PICTURE_H
#define TRACE_HOST_LIVE_PICTURE_H

#include <stdint.h>

#include "trace/host/live/controls.h"
#include "trace/host/live/live_model.h"

/* All that is on the screen. */
struct live_view {
    const struct live_model *model;
    const struct live_controls *controls;
    const char *source;
    const char *state;   /* of the line; "": nothing to be said of it */
    const char *message; /* instead of the keys; "": none */
    int64_t now_ms;
};

/*
 * Shows the view, whatever the screen's size. Returns by how many lines it is scrolled: not more than
 * there are.
 */
unsigned picture_draw(const struct live_view *view);

#endif
