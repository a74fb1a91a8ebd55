/* SPDX-License-Identifier: MIT */
/* What `vexit live' shows. */
#include "trace/host/live/live_model.h"

#include <stdio.h>
#include <string.h>

enum { MS_A_SECOND = 1000 };

void live_reset(struct live_model *model)
{
    bool ticks = model->started && model->start.tsc_hz;

    memset(model->row, 0, sizeof(model->row));
    rates_begin(&model->rates, ticks ? model->start.tsc_hz : MS_A_SECOND);
    model->exits = model->markers = 0;
}

static void begin_run(struct live_model *model)
{
    model->over = model->ended = model->started = false;
    model->vcpus = 0;
    schema_begin(&model->schema);
    live_reset(model);
}

void live_begin(struct live_model *model)
{
    memset(model, 0, sizeof(*model));
    begin_run(model);
}

/* It stays to be seen until something of the next one comes. */
void live_run_end(struct live_model *model)
{
    model->runs++;
    model->over = true;
}

static void take_exit(struct live_model *model, const struct trace_element *element, int64_t now_ms)
{
    uint32_t basic = element->reason & EXIT_REASON_BASIC;
    unsigned number = basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS;
    struct live_row *row = &model->row[number];
    bool timed = element->kind == TRACE_EXIT_ENTRY;
    uint64_t took = timed ? slowest_time(element) : 0;
    bool ticks = model->started && model->start.tsc_hz;

    model->exits++;
    row->count++;
    rates_add(&model->rates, number, ticks ? element->exit_tsc : (uint64_t)now_ms, took);
    if (!timed)
        return;
    row->timed++;
    row->sum += took;
    if (took > row->max)
        row->max = took;
    slowest_add(&row->slowest, element);
}

void live_element(struct live_model *model, const struct trace_element *element, int64_t now_ms)
{
    if (model->over)
        begin_run(model);
    model->heard_ms = now_ms;
    if (element->vcpu >= model->vcpus)
        model->vcpus = element->vcpu + 1u;
    if (element->kind <= TRACE_EXIT_ONLY)
        take_exit(model, element, now_ms);
    else if (element->kind == TRACE_MARKER)
        model->markers++;
}

void live_start(struct live_model *model, const struct trace_start *start, const char *payload,
                size_t n)
{
    begin_run(model);
    model->started = true;
    model->start = *start;
    schema_read(&model->schema, payload, n);
    live_reset(model);
}

void live_end(struct live_model *model, const struct trace_end *end)
{
    model->ended = true;
    model->status = end->status;
    memcpy(model->reason, end->reason, sizeof(model->reason));
}

/* What a terminal might act on, or show in a width of its own, is shown as its number. */
static void keep_line(char line[LIVE_LINE + 1], const char *text, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n && used + 4 <= LIVE_LINE; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '\t')
            line[used++] = ' ';
        else if (c >= 0x20 && c < 0x7f)
            line[used++] = text[i];
        else
            used += (size_t)sprintf(line + used, "\\x%02x", c);
    }
    line[used] = '\0';
}

void live_text(struct live_model *model, const char *line, size_t n)
{
    keep_line(model->line[model->lines++ % LIVE_LINES], line, n);
}

void live_note(struct live_model *model, const char *note)
{
    model->notes++;
    keep_line(model->note, note, strlen(note));
}

void live_losses(struct live_model *model, const struct log_reader *reader)
{
    const struct log_run *run = &reader->run;

    model->losses = (struct live_losses){
        .frames = run->frames,
        .missing_frames = run->missing_frames,
        .missing_records = run->missing_records,
        .damaged = run->damaged_places + run->broken + run->newer,
        .lost = run->lost,
    };
    for (unsigned i = 0; i < reader->vcpus; i++)
        model->losses.missing_records += reader->vcpu[i].missing;
}

/* Questions */

bool live_silent(const struct live_model *model, int64_t now_ms)
{
    return now_ms - model->heard_ms >= LIVE_SILENT_MS;
}

double live_share(const struct live_model *model, uint64_t ticks)
{
    uint64_t span = rates_span(&model->rates);

    if (!model->started || !model->start.tsc_hz || !span || !model->vcpus)
        return -1;
    return 100.0 * (double)ticks / (double)span / model->vcpus;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(const char *name, const char *pattern)
{
    for (; *name; name++) {
        size_t i = 0;

        while (pattern[i] && lower(name[i]) == lower(pattern[i]))
            i++;
        if (!pattern[i])
            return true;
    }
    return !*pattern;
}

/* What a row is sorted by, the largest first. */
static double weight(const struct live_model *model, enum live_order order, unsigned row)
{
    switch (order) {
    case LIVE_BY_RATE:
        return (double)rates_count(&model->rates, row);
    case LIVE_BY_TIME:
        return (double)model->row[row].sum;
    case LIVE_BY_COUNT:
        return (double)model->row[row].count;
    case LIVE_BY_MAX:
        return (double)model->row[row].max;
    default:
        return 0;
    }
}

static bool stands_before(const struct live_model *model, enum live_order order, unsigned a,
                          unsigned b)
{
    double x = weight(model, order, a), y = weight(model, order, b);

    if (x != y)
        return x > y;
    if (order == LIVE_BY_RATE && model->row[a].count != model->row[b].count)
        return model->row[a].count > model->row[b].count;
    return strcmp(schema_name(&model->schema.row[a]), schema_name(&model->schema.row[b])) < 0;
}

unsigned live_sorted(const struct live_model *model, enum live_order order, const char *pattern,
                     unsigned rows[LIVE_ROWS])
{
    unsigned count = 0;

    for (unsigned row = 0; row < LIVE_ROWS; row++) {
        unsigned at = count;

        if (!model->row[row].count || !contains(schema_name(&model->schema.row[row]), pattern))
            continue;
        for (; at && stands_before(model, order, row, rows[at - 1]); at--)
            rows[at] = rows[at - 1];
        rows[at] = row;
        count++;
    }
    return count;
}

void live_slowest(const struct live_model *model, const unsigned *rows, unsigned count,
                  struct slowest *slowest)
{
    slowest->count = 0;
    for (unsigned i = 0; i < count; i++) {
        const struct slowest *of_row = &model->row[rows[i]].slowest;

        for (unsigned j = 0; j < of_row->count; j++)
            slowest_add(slowest, &of_row->element[j]);
    }
}
