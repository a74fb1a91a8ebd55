/* SPDX-License-Identifier: MIT */
/* vexit live: a screen that shows what a log brings as it comes. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/live/live.h"
#include "trace/host/live/picture.h"
#include "trace/host/live/screen.h"
#include "trace/host/log/log_command.h"

enum {
    READ_SIZE = 64 * 1024,
    REDRAW_MS = 100, /* ten times a second, and no more */
    IDLE_MS = 500,   /* until what depends on the clock is drawn anew */
};

/* Saving */

static void say(struct live *live, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct live *live, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(live->message, sizeof(live->message), format, arguments);
    va_end(arguments);
}

static void begin_saving(struct live *live)
{
    if (saving_begin(&live->saving, live->controls.file, live->follow.input.name))
        say(live, "saving to %s", live->controls.file);
    else
        say(live, "%s: %s", live->controls.file, strerror(errno));
    live->controls.saving = live->saving.on;
}

static void end_saving(struct live *live)
{
    uint64_t bytes = live->saving.recording.bytes;

    if (!live->saving.on)
        return;
    live->controls.saving = false;
    if (saving_end(&live->saving)) {
        say(live, "%s: %" PRIu64 " bytes saved", live->controls.file, bytes);
    } else {
        say(live, "%s: %s", live->controls.file, strerror(errno));
        live->save_failed = true;
    }
}

static void take_bytes(struct live *live, const char *bytes, size_t n)
{
    if (!saving_take(&live->saving, bytes, n)) {
        int error = errno;

        end_saving(live);
        live->save_failed = true;
        say(live, "%s: %s; no longer saved", live->controls.file, strerror(error));
    }
    log_reader_feed(live->reader, bytes, n);
    live_losses(&live->model, live->reader);
    live->good |= live->reader->run.frames != 0;
}

/* The screen */

static void take_keys(struct live *live)
{
    for (int key; !live->quit && (key = screen_key()) != KEY_NONE; live->drawn = false) {
        live->message[0] = '\0';
        switch (controls_key(&live->controls, key)) {
        case LIVE_QUIT:
            live->quit = true;
            break;
        case LIVE_PAUSE:
            live->picture = live->model;
            break;
        case LIVE_SAVE:
            begin_saving(live);
            break;
        case LIVE_END_SAVE:
            end_saving(live);
            break;
        case LIVE_RESET:
            live_reset(&live->model);
            break;
        case LIVE_NOTHING:
            break;
        }
    }
}

/* What is to be said of the line, if anything. */
static const char *state_of(const struct live *live, char *text, size_t n)
{
    const struct log_follow *follow = &live->follow;

    if (live->over)
        return "closed";
    if (!follow->connected)
        snprintf(text, n, "%s; waiting for it, %" PRId64 " s", log_follow_why(follow),
                 (live->now_ms - follow->since_ms) / 1000);
    else if (live->model.ended)
        snprintf(text, n, "ended: status %" PRIu32 ", %s", live->model.status, live->model.reason);
    else
        return "";
    return text;
}

static void draw(struct live *live)
{
    char state[LIVE_MESSAGE];

    live->controls.scroll = picture_draw(&(struct live_view){
        .model = live->controls.paused ? &live->picture : &live->model,
        .controls = &live->controls,
        .source = live->follow.input.name,
        .state = state_of(live, state, sizeof(state)),
        .message = live->message,
        .now_ms = live->now_ms,
    });
    live->drawn = true;
    live->drawn_ms = live->now_ms;
}

/* How long nothing needs to be drawn. */
static int until_draw(const struct live *live)
{
    int64_t left = live->drawn_ms + (live->drawn ? IDLE_MS : REDRAW_MS) - live->now_ms;

    return left > 0 ? (int)left : 0;
}

/* One thing that happens on the line, if one does in time. */
static void take_event(struct live *live)
{
    static char bytes[READ_SIZE];
    size_t n = sizeof(bytes);

    if (live->over) {
        poll(&(struct pollfd){ .fd = live->follow.also, .events = POLLIN }, 1, until_draw(live));
        return;
    }
    switch (log_follow_next(&live->follow, bytes, &n, until_draw(live))) {
    case FOLLOW_OVER:
        live->over = true;
        log_reader_finish(live->reader);
        break;
    case FOLLOW_NOTHING:
        if (!live->saving.on)
            return;
        break;
    default:
        break;
    }
    live->now_ms = log_follow_ms();
    take_bytes(live, bytes, n);
    live->drawn = live->drawn && !n;
}

static void watch(struct live *live)
{
    while (!live->quit && !log_input_interrupted() && !live->filter.failed) {
        live->now_ms = log_follow_ms();
        if (until_draw(live) == 0)
            draw(live);
        take_event(live);
        take_keys(live);
    }
}

/* Where keys come from: the terminal itself where standard input is something else. */
static int open_keys(const struct live *live)
{
    if (strcmp(live->log.path, "-") != 0 && isatty(STDIN_FILENO))
        return STDIN_FILENO;
    return open("/dev/tty", O_RDONLY | O_CLOEXEC);
}

/* False after an error was told. */
static bool open_line(struct live *live)
{
    char why[MEMORY_WHY];

    if (log_follow_open(&live->follow, &live->log, live->wait, why))
        return true;
    log_complain(live->follow.input.name, "%s", why);
    return false;
}

static int run(struct live *live)
{
    int keys = isatty(STDOUT_FILENO) ? open_keys(live) : -1;

    if (keys < 0) {
        log_complain("live", "needs a terminal to show things on; stat and decode do without");
        return EX_USAGE;
    }
    if (!open_line(live))
        return STATUS_UNREADABLE;
    live->follow.also = keys;
    if (live->output) {
        snprintf(live->controls.file, sizeof(live->controls.file), "%s", live->output);
        begin_saving(live);
        if (!live->saving.on) {
            log_complain("live", "%s", live->message);
            return STATUS_OUTPUT;
        }
    }
    if (!screen_begin(keys)) {
        log_complain("live",
                     "the terminal (TERM=%s) cannot be drawn on; stat and decode do without",
                     getenv("TERM") ? getenv("TERM") : "");
        return EX_USAGE;
    }
    watch(live);
    screen_end();
    end_saving(live);
    if (*live->message)
        log_complain("live", "%s", live->message);
    if (live->filter.failed) {
        /* What it said of itself went with the screen. */
        filter_take_start(&live->filter, live->model.start.tsc_hz);
        return EX_USAGE;
    }
    if (live->save_failed)
        return STATUS_OUTPUT;
    return live->good ? STATUS_COMPLETE : STATUS_UNREADABLE;
}

int live_command(int argc, char **argv)
{
    struct live *live = calloc(1, sizeof(*live));
    struct log_reader *reader = live ? live_reader(live) : NULL;
    int status = STATUS_UNREADABLE;

    if (reader) {
        live->reader = reader;
        live_begin(&live->model);
        filter_begin_run(&live->filter, &live->model.schema);
        live_parse(live, argc, argv);
        status = run(live);
        log_follow_close(&live->follow);
    } else {
        perror("vexit");
    }
    log_reader_free(reader);
    free(live);
    return status;
}
