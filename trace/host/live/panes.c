/* SPDX-License-Identifier: MIT */
/* The parts of the screen of `vexit live' between its head and its foot. */
#include "trace/host/live/panes.h"

#include <stdio.h>

#include "trace/host/live/live_words.h"
#include "trace/host/live/screen.h"

enum { SMALL = 12 /* fewer lines hold one pane only */ };

static const char *order_words(enum live_order order)
{
    static const char *const words[] = { [LIVE_BY_RATE] = "rate",
                                         [LIVE_BY_TIME] = "time",
                                         [LIVE_BY_COUNT] = "count",
                                         [LIVE_BY_MAX] = "slowest",
                                         [LIVE_BY_NAME] = "name" };

    return words[order];
}

static void draw_reason(const struct live_view *view, int line, unsigned number)
{
    const struct live_model *model = view->model;
    const struct live_row *row = &model->row[number];
    uint64_t hz = model->started ? model->start.tsc_hz : 0;
    bool silent = live_silent(model, view->now_ms) && !view->controls->paused;
    char rate[LIVE_FIGURE], count[LIVE_FIGURE], vmm[LIVE_FIGURE], mean[LIVE_FIGURE],
        max[LIVE_FIGURE];

    screen_put(line, SCREEN_PLAIN, "%-20s %7s %8s %6.2f%% %7s %8s %8s",
               schema_name(&model->schema.row[number]),
               live_count(rate, silent ? 0 : rates_per_second(&model->rates, number)),
               live_count(count, (double)row->count),
               100.0 * (double)row->count / (double)model->exits,
               live_percent(vmm, silent ? 0 : live_share(model, rates_took(&model->rates, number))),
               row->timed ? live_time(mean, (double)row->sum / (double)row->timed, hz) : "-",
               row->timed ? live_time(max, (double)row->max, hz) : "-");
}

/* How far `count` lines can be scrolled that are shown in `height`, if they are to be by `scroll`. */
static unsigned scrolled(unsigned scroll, unsigned count, int height)
{
    unsigned shown = height > 0 ? (unsigned)height : 0, most = count > shown ? count - shown : 0;

    return scroll < most ? scroll : most;
}

/*
 * Each draws into `height` lines from `top`, the first of them a heading, and returns by how many
 * lines it is scrolled.
 */

static unsigned draw_reasons(const struct live_view *view, int top, int height,
                             const unsigned *rows, unsigned count)
{
    unsigned scroll = scrolled(view->controls->scroll, count, height - 1);

    screen_put(top, SCREEN_HEADING, "%-20s %7s %8s %7s %7s %8s %8s  by %s%s%s", "reason", "per s",
               "count", "share", "VMM", "mean", "max", order_words(view->controls->order),
               *view->controls->pattern ? "  with " : "", view->controls->pattern);
    for (unsigned i = scroll; i < count && (int)(i - scroll) < height - 1; i++)
        draw_reason(view, top + 1 + (int)(i - scroll), rows[i]);
    return scroll;
}

static unsigned draw_slowest(const struct live_view *view, int top, int height,
                             const unsigned *rows, unsigned count, unsigned scroll)
{
    static struct slowest slowest;
    const struct live_model *model = view->model;

    live_slowest(model, rows, count, &slowest);
    scroll = scrolled(scroll, slowest.count, height - 1);
    screen_put(top, SCREEN_HEADING, "slowest exits");
    for (unsigned i = scroll; i < slowest.count && (int)(i - scroll) < height - 1; i++) {
        char time[LIVE_FIGURE], words[LIVE_EXIT];
        const struct trace_element *element = &slowest.element[i];

        screen_put(top + 1 + (int)(i - scroll), SCREEN_PLAIN, "%8s %s",
                   live_time(time, (double)slowest_time(element),
                             model->started ? model->start.tsc_hz : 0),
                   live_exit(words, &model->schema, element));
    }
    return scroll;
}

/* The last lines, or as many of those before as scrolling leaves. */
static unsigned draw_text(const struct live_view *view, int top, int height, unsigned scroll)
{
    const struct live_model *model = view->model;
    uint64_t kept = model->lines < LIVE_LINES ? model->lines : LIVE_LINES;
    uint64_t shown = height > 1 ? (uint64_t)height - 1 : 0;

    screen_put(top, SCREEN_HEADING, "text of guest and VMM");
    if (shown > kept)
        shown = kept;
    scroll = scrolled(scroll, (unsigned)kept, (int)shown);
    for (uint64_t i = 0; i < shown; i++)
        screen_put(top + 1 + (int)i, SCREEN_PLAIN, "%s",
                   model->line[(model->lines - scroll - shown + i) % LIVE_LINES]);
    return scroll;
}

unsigned panes_help(int top, int height, unsigned scroll)
{
    static const char *const lines[] = {
        "q        quit",
        "p space  pause what is shown; saving goes on",
        "s        sort by rate, time, count, slowest, name",
        "f /      filter: reasons that have these letters in their names",
        "w        write what comes from now on to a file; again: end that",
        "r        count from 0 again",
        "v tab    all, or one part alone",
        "j k      down, up; also by the arrows",
        "h ?      this help",
    };

    enum { COUNT = sizeof(lines) / sizeof(lines[0]) };

    scroll = scrolled(scroll, COUNT, height);
    for (unsigned i = scroll; i < COUNT && (int)(i - scroll) < height; i++)
        screen_put(top + (int)(i - scroll), SCREEN_PLAIN, "%s", lines[i]);
    return scroll;
}

unsigned panes_draw(const struct live_view *view, int top, int height)
{
    unsigned rows[LIVE_ROWS];
    unsigned count = live_sorted(view->model, view->controls->order, view->controls->pattern, rows);
    enum live_pane pane =
        view->controls->pane == LIVE_ALL && height < SMALL ? LIVE_REASONS : view->controls->pane;
    int part = height / 4;

    switch (pane) {
    case LIVE_REASONS:
        return draw_reasons(view, top, height, rows, count);
    case LIVE_SLOWEST:
        return draw_slowest(view, top, height, rows, count, view->controls->scroll);
    case LIVE_TEXT:
        return draw_text(view, top, height, view->controls->scroll);
    default:
        draw_slowest(view, top + height - 2 * part, part, rows, count, 0);
        draw_text(view, top + height - part, part, 0);
        return draw_reasons(view, top, height - 2 * part, rows, count);
    }
}
