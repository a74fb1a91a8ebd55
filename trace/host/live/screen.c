/* SPDX-License-Identifier: MIT */
/* The screen of `vexit live', by ncurses. */
#include "trace/host/live/screen.h"

#include <curses.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/live/live_words.h"

enum {
    ESCAPE = 27,
    DELETE = 127,
    HEAD_LINES = 3,
    WIDEST = 1024,
    SMALL = 12, /* fewer lines between head and foot hold one pane only */
};

static SCREEN *screen;
static FILE *key_file;

bool screen_begin(int key_fd)
{
    key_file = fdopen(key_fd, "r");
    screen = key_file && isatty(STDOUT_FILENO) ? newterm(NULL, stdout, key_file) : NULL;
    if (!screen)
        return false;
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    return true;
}

void screen_end(void)
{
    endwin();
    delscreen(screen);
}

int screen_key(void)
{
    int key = getch();

    switch (key) {
    case ERR:
        return KEY_NONE;
    case '\r':
    case '\n':
    case KEY_ENTER:
        return KEY_RETURN;
    case ESCAPE:
        return KEY_ESCAPE;
    case '\b':
    case DELETE:
    case KEY_BACKSPACE:
        return KEY_BACK;
    case KEY_UP:
        return KEY_ARROW_UP;
    case KEY_DOWN:
        return KEY_ARROW_DOWN;
    default:
        return key < 0x100 ? key : KEY_OTHER;
    }
}

/* Lines */

/* A line in its place, cut to the screen. */
static void put(int line, attr_t attributes, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put(int line, attr_t attributes, const char *format, ...)
{
    char text[WIDEST];
    va_list arguments;

    if (line < 0 || line >= LINES)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    attron((int)attributes);
    mvaddnstr(line, 0, text, COLS);
    /* A title or heading goes over the whole width. */
    for (int column = (int)strlen(text); (attributes & A_REVERSE) && column < COLS; column++)
        mvaddch(line, column, ' ');
    attroff((int)attributes);
}

static void draw_title(const struct live_view *view)
{
    const struct live_controls *controls = view->controls;

    put(0, A_REVERSE, "vexit live  %s%s%s%s%s%s", view->source, *view->state ? "  " : "",
        view->state, controls->paused ? "  PAUSED" : "", controls->saving ? "  saving to " : "",
        controls->saving ? controls->file : "");
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

/* The share of all vCPUs' time, in per cent; below 0 where the ticks cannot be compared. */
static double share(const struct live_model *model, uint64_t took)
{
    uint64_t span = rates_span(&model->rates);

    if (!model->started || !model->start.tsc_hz || !span || !model->vcpus)
        return -1;
    return 100.0 * (double)took / (double)span / model->vcpus;
}

static const char *share_words(char text[LIVE_FIGURE], double per_cent)
{
    snprintf(text, LIVE_FIGURE, per_cent < 0 ? "-" : "%.1f%%", per_cent);
    return text;
}

static void draw_run(const struct live_view *view)
{
    const struct live_model *model = view->model;
    bool silent = live_silent(model, view->now_ms) && !view->controls->paused;
    char all[LIVE_FIGURE], rate[LIVE_FIGURE], vmm[LIVE_FIGURE], run[32] = "";

    if (model->runs)
        snprintf(run, sizeof(run), "run %u  ", model->runs + !model->over);
    put(1, 0, "%s%s%s  %u vCPU%s  exits %s, %s/s  in the VMM %s%s", run,
        model->started ? "vexit " : "",
        model->started         ? model->start.version
        : model->losses.frames ? "no START record"
                               : "nothing yet",
        model->vcpus, model->vcpus == 1 ? "" : "s", live_count(all, (double)model->exits),
        live_count(rate, silent ? 0 : rate_of_all(model)),
        share_words(vmm, silent ? 0 : share(model, vmm_time(model))), silent ? "  silent" : "");
}

static void draw_losses(const struct live_view *view)
{
    const struct live_model *model = view->model;
    const struct live_losses *losses = &model->losses;
    bool any = losses->missing_frames || losses->missing_records || losses->damaged || losses->lost;

    put(2, any ? A_BOLD : 0,
        "frames %" PRIu64 " good, %" PRIu64 " missing, %" PRIu64 " damaged  records %" PRIu64
        " lost by the VMM, %" PRIu64 " missing%s%s",
        losses->frames, losses->missing_frames, losses->damaged, losses->lost,
        losses->missing_records, model->notes ? "  " : "", model->note);
}

/* Panes */

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

    put(line, 0, "%-20s %7s %8s %6.2f%% %7s %8s %8s", schema_name(&model->schema.row[number]),
        live_count(rate, silent ? 0 : rates_per_second(&model->rates, number)),
        live_count(count, (double)row->count), 100.0 * (double)row->count / (double)model->exits,
        share_words(vmm, silent ? 0 : share(model, rates_took(&model->rates, number))),
        row->timed ? live_time(mean, (double)row->sum / (double)row->timed, hz) : "-",
        row->timed ? live_time(max, (double)row->max, hz) : "-");
}

/* Each draws into `height` lines from `top`, the first of them a heading. */

static void draw_reasons(const struct live_view *view, int top, int height, const unsigned *rows,
                         unsigned count)
{
    put(top, A_REVERSE, "%-20s %7s %8s %7s %7s %8s %8s  by %s%s%s", "reason", "per s", "count",
        "share", "VMM", "mean", "max", order_words(view->controls->order),
        *view->controls->pattern ? "  with " : "", view->controls->pattern);
    for (unsigned i = view->controls->scroll;
         i < count && top + 1 + (int)(i - view->controls->scroll) < top + height; i++)
        draw_reason(view, top + 1 + (int)(i - view->controls->scroll), rows[i]);
}

static void draw_slowest(const struct live_view *view, int top, int height, const unsigned *rows,
                         unsigned count, unsigned scroll)
{
    static struct slowest slowest;
    const struct live_model *model = view->model;

    live_slowest(model, rows, count, &slowest);
    put(top, A_REVERSE, "slowest exits");
    for (unsigned i = scroll; i < slowest.count && (int)(i - scroll) < height - 1; i++) {
        char time[LIVE_FIGURE], words[LIVE_EXIT];
        const struct trace_element *element = &slowest.element[i];

        put(top + 1 + (int)(i - scroll), 0, "%8s %s",
            live_time(time, (double)slowest_time(element),
                      model->started ? model->start.tsc_hz : 0),
            live_exit(words, &model->schema, element));
    }
}

/* The last lines, or as many of those before as scrolling leaves. */
static void draw_text(const struct live_view *view, int top, int height, unsigned scroll)
{
    const struct live_model *model = view->model;
    uint64_t kept = model->lines < LIVE_LINES ? model->lines : LIVE_LINES;
    uint64_t shown = height > 1 ? (uint64_t)height - 1 : 0;

    put(top, A_REVERSE, "text of guest and VMM");
    if (shown > kept)
        shown = kept;
    if (scroll > kept - shown)
        scroll = (unsigned)(kept - shown);
    for (uint64_t i = 0; i < shown; i++)
        put(top + 1 + (int)i, 0, "%s",
            model->line[(model->lines - scroll - shown + i) % LIVE_LINES]);
}

static void draw_help(int top)
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

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        put(top + (int)i, 0, "%s", lines[i]);
}

static void draw_body(const struct live_view *view, int top, int height)
{
    unsigned rows[LIVE_ROWS];
    unsigned count = live_sorted(view->model, view->controls->order, view->controls->pattern, rows);
    enum live_pane pane =
        view->controls->pane == LIVE_ALL && height < SMALL ? LIVE_REASONS : view->controls->pane;
    int part = height / 4;

    switch (pane) {
    case LIVE_REASONS:
        draw_reasons(view, top, height, rows, count);
        break;
    case LIVE_SLOWEST:
        draw_slowest(view, top, height, rows, count, view->controls->scroll);
        break;
    case LIVE_TEXT:
        draw_text(view, top, height, view->controls->scroll);
        break;
    default:
        draw_reasons(view, top, height - 2 * part, rows, count);
        draw_slowest(view, top + height - 2 * part, part, rows, count, 0);
        draw_text(view, top + height - part, part, 0);
    }
}

static void draw_foot(const struct live_view *view)
{
    const struct live_controls *controls = view->controls;

    if (controls->question)
        put(LINES - 1, A_BOLD, "%s: %s_",
            controls->question == ASK_FILE ? "write to" : "reasons with", controls->answer);
    else if (*view->message)
        put(LINES - 1, A_BOLD, "%s", view->message);
    else
        put(LINES - 1, 0, "q quit  p pause  s sort  f filter  w write  r reset  v view  h help");
}

void screen_draw(const struct live_view *view)
{
    int body = LINES - HEAD_LINES - 1;

    erase();
    draw_title(view);
    draw_run(view);
    draw_losses(view);
    if (view->controls->help)
        draw_help(HEAD_LINES);
    else if (body > 0)
        draw_body(view, HEAD_LINES, body);
    if (LINES > 1)
        draw_foot(view);
    refresh();
}
