/* SPDX-License-Identifier: MIT */
/* What the keys of `vexit live' do: which part is shown, in which order; questions and answers. */
#ifndef TRACE_HOST_LIVE_CONTROLS_H
#define TRACE_HOST_LIVE_CONTROLS_H

#include <stdbool.h>

#include "trace/host/live/live_model.h"

enum { CONTROLS_ANSWER = 256 };

/* Keys that are no characters. */
enum {
    KEY_NONE = -1,
    CONTROL_U = 0x15,
    KEY_RETURN = 0x10000,
    KEY_ESCAPE,
    KEY_BACK,
    KEY_ARROW_UP,
    KEY_ARROW_DOWN,
    KEY_OTHER,
};

enum live_pane { LIVE_ALL, LIVE_REASONS, LIVE_SLOWEST, LIVE_TEXT, LIVE_PANES };

struct live_controls {
    enum live_order order;
    enum live_pane pane;
    unsigned scroll; /* lines that are above the screen */
    bool paused, help;
    bool saving;                   /* to `file' */
    char pattern[CONTROLS_ANSWER]; /* in the names of reasons; "": any */
    char file[CONTROLS_ANSWER];
    enum { NO_QUESTION, ASK_PATTERN, ASK_FILE } question;
    char answer[CONTROLS_ANSWER]; /* as far as it is typed */
};

/* What is left to be done after a key. */
enum live_wish {
    LIVE_NOTHING,
    LIVE_QUIT,
    LIVE_PAUSE,    /* `paused' has changed */
    LIVE_SAVE,     /* to `file' from now on */
    LIVE_END_SAVE, /* no longer */
    LIVE_RESET,    /* count from 0 */
};

enum live_wish controls_key(struct live_controls *controls, int key);

#endif
