/* SPDX-License-Identifier: MIT */
/* What the keys of `vexit live' do. */
#include "trace/host/live/controls.h"

#include <string.h>
#include <time.h>

static void ask_pattern(struct live_controls *controls)
{
    controls->question = ASK_PATTERN;
    strcpy(controls->answer, controls->pattern);
}

/* The time makes a name that is not there yet. */
static void ask_file(struct live_controls *controls)
{
    time_t now = time(NULL);
    struct tm local;

    controls->question = ASK_FILE;
    strftime(controls->answer, sizeof(controls->answer), "vexit-%Y%m%d-%H%M%S.log",
             localtime_r(&now, &local));
}

static enum live_wish take_answer(struct live_controls *controls)
{
    bool file = controls->question == ASK_FILE;

    controls->question = NO_QUESTION;
    if (!file) {
        strcpy(controls->pattern, controls->answer);
        controls->scroll = 0;
        return LIVE_NOTHING;
    }
    strcpy(controls->file, controls->answer);
    return controls->file[0] ? LIVE_SAVE : LIVE_NOTHING;
}

static enum live_wish edit_answer(struct live_controls *controls, int key)
{
    size_t n = strlen(controls->answer);

    if (key == KEY_RETURN)
        return take_answer(controls);
    if (key == KEY_ESCAPE) {
        controls->question = NO_QUESTION;
    } else if (key == KEY_BACK && n) {
        controls->answer[n - 1] = '\0';
    } else if (key == CONTROL_U) {
        controls->answer[0] = '\0';
    } else if (key >= ' ' && key < 0x7f && n + 1 < sizeof(controls->answer)) {
        controls->answer[n] = (char)key;
        controls->answer[n + 1] = '\0';
    }
    return LIVE_NOTHING;
}

/* Text is shown from its end: there it is up that leads away from where one begins. */
static void move(struct live_controls *controls, bool down)
{
    if (down != (controls->pane == LIVE_TEXT && !controls->help))
        controls->scroll++;
    else
        controls->scroll -= controls->scroll > 0;
}

/* Keys that change what is shown only. */
static void change_view(struct live_controls *controls, int key)
{
    switch (key) {
    case 's':
        controls->order = (controls->order + 1) % LIVE_ORDERS;
        break;
    case 'f':
    case '/':
        ask_pattern(controls);
        break;
    case 'v':
    case '\t':
        controls->pane = (controls->pane + 1) % LIVE_PANES;
        controls->scroll = 0;
        break;
    case 'j':
    case KEY_ARROW_DOWN:
        move(controls, true);
        break;
    case 'k':
    case KEY_ARROW_UP:
        move(controls, false);
        break;
    case 'h':
    case '?':
        controls->help = !controls->help;
        controls->scroll = 0;
        break;
    default:
        break;
    }
}

enum live_wish controls_key(struct live_controls *controls, int key)
{
    if (controls->question)
        return edit_answer(controls, key);
    switch (key) {
    case 'q':
        return LIVE_QUIT;
    case 'p':
    case ' ':
        controls->paused = !controls->paused;
        return LIVE_PAUSE;
    case 'r':
        return LIVE_RESET;
    case 'w':
        if (controls->saving)
            return LIVE_END_SAVE;
        ask_file(controls);
        return LIVE_NOTHING;
    default:
        change_view(controls, key);
        return LIVE_NOTHING;
    }
}
