/* SPDX-License-Identifier: MIT */
/* The screen of `vexit live', and its keys. */
#ifndef TRACE_HOST_LIVE_SCREEN_H
#define TRACE_HOST_LIVE_SCREEN_H

#include <stdbool.h>
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
 * Takes over the terminal on standard output, with keys from key_fd. False where it is none that
 * can be drawn on; then nothing was changed.
 */
bool screen_begin(int key_fd);

/* Gives it back. */
void screen_end(void);

/* The next key, without waiting: a character or one of controls.h. */
int screen_key(void);

/* Shows the view, whatever the screen's size. */
void screen_draw(const struct live_view *view);

#endif
