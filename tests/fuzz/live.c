/* sources: tool */
/* longest: 700 */
/* SPDX-License-Identifier: MIT */
/*
 * The screen of `vexit live`, without a terminal: ncurses draws nothing where it was not begun. An
 * input begins with the screen's size and some keys; the rest is the log, which comes in pieces.
 */
#include <curses.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seal.h"
#include "trace/host/live/controls.h"
#include "trace/host/live/live_model.h"
#include "trace/host/live/picture.h"

enum { ELEMENTS = 5000, SIZES = 2, KEYS = 8, HEAD = SIZES + KEYS, PIECES = 4, PIECE_MS = 700 };

static struct live_model model, picture;
static int64_t now_ms;

static void on_element(void *context, const struct trace_element *element)
{
    (void)context;
    live_element(&model, element, now_ms);
}

static void on_start(void *context, const struct trace_start *start, const char *payload, size_t n)
{
    (void)context;
    live_start(&model, start, payload, n);
}

static void on_text(void *context, const char *line, size_t n)
{
    (void)context;
    live_text(&model, line, n);
}

static void on_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    (void)context;
    (void)payload;
    (void)n;
    live_end(&model, end);
}

static void on_note(void *context, const char *note)
{
    (void)context;
    live_note(&model, note);
}

static void on_run_end(void *context, const struct log_run *run)
{
    (void)context;
    (void)run;
    live_run_end(&model);
}

static const struct log_events events = {
    .element = on_element,
    .text = on_text,
    .start = on_start,
    .end = on_end,
    .note = on_note,
    .run_end = on_run_end,
};

static void check(const struct live_controls *controls)
{
    static struct slowest slowest;
    unsigned rows[LIVE_ROWS];
    unsigned count = live_sorted(&model, controls->order, controls->pattern, rows);
    uint64_t exits = 0;

    for (unsigned i = 0; i < count; i++)
        exits += model.row[rows[i]].count;
    FUZZ_REQUIRE(count <= LIVE_ROWS && (*controls->pattern || exits == model.exits));
    live_slowest(&model, rows, count, &slowest);
    for (unsigned i = 1; i < slowest.count; i++)
        FUZZ_REQUIRE(slowest_time(&slowest.element[i - 1]) >= slowest_time(&slowest.element[i]));
}

static void draw(struct live_controls *controls, int key)
{
    unsigned before;

    switch (controls_key(controls, key)) {
    case LIVE_PAUSE:
        picture = model;
        break;
    case LIVE_RESET:
        live_reset(&model);
        break;
    default:
        break;
    }
    check(controls);
    before = controls->scroll;
    controls->scroll = picture_draw(&(struct live_view){
        .model = controls->paused ? &picture : &model,
        .controls = controls,
        .source = "log",
        .state = "",
        .message = "",
        .now_ms = now_ms,
    });
    FUZZ_REQUIRE(controls->scroll <= before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct live_controls controls = { 0 };

    if (size < HEAD || seal_elements(data + HEAD, size - HEAD, ELEMENTS) == ELEMENTS)
        return 0;

    struct log_reader *reader = log_reader_new(&events);
    size_t piece = (size - HEAD) / PIECES + 1;

    LINES = data[0] % 64;
    COLS = data[1];
    now_ms = 0;
    live_begin(&model);
    for (size_t at = HEAD, key = SIZES; at < size; at += piece) {
        now_ms += PIECE_MS;
        log_reader_feed(reader, data + at, size - at < piece ? size - at : piece);
        live_losses(&model, reader);
        for (unsigned i = 0; i < KEYS / PIECES; i++)
            draw(&controls, data[key++]);
    }
    log_reader_finish(reader);
    draw(&controls, KEY_OTHER);
    log_reader_free(reader);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    return mutate_log(data, n, room, HEAD, seed);
}
