/* SPDX-License-Identifier: MIT */
/* What is on the screen of `vexit live'. */
#include "trace/host/live/picture.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/host/live/live_words.h"
#include "trace/host/live/panes.h"
#include "trace/host/live/screen.h"

enum { HEAD_LINES = 3 };

static void draw_title(const struct live_view *view)
{
    const struct live_controls *controls = view->controls;

    screen_put(0, SCREEN_HEADING, "vexit live  %s%s%s%s%s%s", view->source,
               *view->state ? "  " : "", view->state, controls->paused ? "  PAUSED" : "",
               controls->saving ? "  saving to " : "", controls->saving ? controls->file : "");
}

static uint64_t vmm_time(const struct live_model *model)
{
    uint64_t sum = 0;

    for (unsigned row = 0; row < LIVE_ROWS; row++)
        sum += rates_took(&model->rates, row);
    return sum;
}

static double rate_of_all(const struct live_model *model)
{
    double sum = 0;

    for (unsigned row = 0; row < LIVE_ROWS; row++)
        sum += rates_per_second(&model->rates, row);
    return sum;
}

static void draw_run(const struct live_view *view)
{
    const struct live_model *model = view->model;
    bool silent = live_silent(model, view->now_ms) && !view->controls->paused;
    char all[LIVE_FIGURE], rate[LIVE_FIGURE], vmm[LIVE_FIGURE], run[32] = "";

    if (model->runs)
        snprintf(run, sizeof(run), "run %u  ", model->runs + !model->over);
    screen_put(1, SCREEN_PLAIN, "%s%s%s  %u vCPU%s  exits %s, %s/s  in the VMM %s%s", run,
               model->started ? "vexit " : "",
               model->started         ? model->start.version
               : model->losses.frames ? "no START record"
                                      : "nothing yet",
               model->vcpus, model->vcpus == 1 ? "" : "s", live_count(all, (double)model->exits),
               live_count(rate, silent ? 0 : rate_of_all(model)),
               live_percent(vmm, silent ? 0 : live_share(model, vmm_time(model))),
               silent ? "  silent" : "");
}

static void draw_losses(const struct live_view *view)
{
    const struct live_model *model = view->model;
    const struct live_losses *losses = &model->losses;
    bool any = losses->missing_frames || losses->missing_records || losses->damaged || losses->lost;

    screen_put(2, any ? SCREEN_BOLD : SCREEN_PLAIN,
               "frames %" PRIu64 " good, %" PRIu64 " missing, %" PRIu64 " damaged  records %" PRIu64
               " lost by the VMM, %" PRIu64 " missing%s%s",
               losses->frames, losses->missing_frames, losses->damaged, losses->lost,
               losses->missing_records, model->notes ? "  " : "", model->note);
}

static void draw_foot(const struct live_view *view)
{
    const struct live_controls *controls = view->controls;

    if (controls->question)
        screen_put(screen_lines() - 1, SCREEN_BOLD, "%s: %s_",
                   controls->question == ASK_FILE ? "write to" : "reasons with", controls->answer);
    else if (*view->message)
        screen_put(screen_lines() - 1, SCREEN_BOLD, "%s", view->message);
    else
        screen_put(screen_lines() - 1, SCREEN_PLAIN,
                   "q quit  p pause  s sort  f filter  w write  r reset  v view  h help");
}

unsigned picture_draw(const struct live_view *view)
{
    int body = screen_lines() - HEAD_LINES - 1;
    unsigned scroll = 0;

    screen_clear();
    draw_title(view);
    draw_run(view);
    draw_losses(view);
    if (view->controls->help)
        scroll = panes_help(HEAD_LINES, body, view->controls->scroll);
    else if (body > 0)
        scroll = panes_draw(view, HEAD_LINES, body);
    if (screen_lines() > 1)
        draw_foot(view);
    screen_show();
    return scroll;
}
