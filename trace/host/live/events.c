/* SPDX-License-Identifier: MIT */
/* What the log brings, on its way into the model of `vexit live'. */
#include "trace/host/live/live.h"

static void take_element(void *context, const struct trace_element *element)
{
    struct live *live = context;

    if (filter_pass(&live->filter, element))
        live_element(&live->model, element, live->now_ms);
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct live *live = context;

    live_start(&live->model, start, payload, n);
    filter_take_start(&live->filter, start->tsc_hz);
    saving_keep_start(&live->saving, payload, n);
}

static void take_text(void *context, const char *line, size_t n)
{
    live_text(&((struct live *)context)->model, line, n);
}

static void take_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    struct live *live = context;

    (void)payload;
    (void)n;
    live_end(&live->model, end);
    saving_keep_start(&live->saving, "", 0);
}

static void take_note(void *context, const char *note)
{
    live_note(&((struct live *)context)->model, note);
}

static void take_run_end(void *context, const struct log_run *run)
{
    struct live *live = context;

    live->good |= run->frames != 0;
    live_run_end(&live->model);
    saving_keep_start(&live->saving, "", 0);
    filter_begin_run(&live->filter, &live->model.schema);
}

struct log_reader *live_reader(struct live *live)
{
    return log_reader_new(&(struct log_events){
        .context = live,
        .element = take_element,
        .text = take_text,
        .start = take_start,
        .end = take_end,
        .note = take_note,
        .run_end = take_run_end,
    });
}
