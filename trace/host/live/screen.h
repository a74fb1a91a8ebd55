/* SPDX-License-Identifier: MIT */
/* The terminal that `vexit live' draws on, and its keys. */
#ifndef TRACE_HOST_LIVE_SCREEN_H
#define TRACE_HOST_LIVE_SCREEN_H

#include <stdbool.h>

/*
 * Takes over the terminal on standard output, with keys from key_fd. False where it is none that
 * can be drawn on; then nothing was changed.
 */
bool screen_begin(int key_fd);

/* Gives it back. */
void screen_end(void);

/* The next key, without waiting: a character or one of controls.h. */
int screen_key(void);

/* How many lines there are at the moment. */
int screen_lines(void);

enum screen_style { SCREEN_PLAIN, SCREEN_BOLD, SCREEN_HEADING /* as wide as the screen */ };

/*
 * Draws a line in its place, cut to the screen; nothing where there is no such place. What a terminal
 * might act on stands as `?'.
 */
void screen_put(int line, enum screen_style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Empties all lines; what is drawn is seen after screen_show(). */
void screen_clear(void);
void screen_show(void);

#endif
