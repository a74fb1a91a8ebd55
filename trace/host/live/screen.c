/* SPDX-License-Identifier: MIT */
/* The terminal of `vexit live', by ncurses. */
#include "trace/host/live/screen.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/live/controls.h"

enum { ESCAPE = 27, DELETE = 127, WIDEST = 1024 };

static SCREEN *screen;
static FILE *key_file;

void screen_end(void)
{
    endwin();
    delscreen(screen);
}

/* Whether lines can be put to their places; a dumb terminal has only the next one. */
static bool can_be_drawn_on(void)
{
    const char *place = tigetstr("cup");

    return place && place != (const char *)-1;
}

bool screen_begin(int key_fd)
{
    key_file = fdopen(key_fd, "r");
    screen = key_file && isatty(STDOUT_FILENO) ? newterm(NULL, stdout, key_file) : NULL;
    if (!screen)
        return false;
    if (!can_be_drawn_on()) {
        screen_end();
        return false;
    }
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    return true;
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

/* What a terminal might act on: names of files, and strings of the log. */
static void make_harmless(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
            *text = '?';
}

void screen_put(int line, enum screen_style style, const char *format, ...)
{
    static const attr_t attributes[] = {
        [SCREEN_PLAIN] = A_NORMAL, [SCREEN_BOLD] = A_BOLD, [SCREEN_HEADING] = A_REVERSE
    };
    char text[WIDEST];
    va_list arguments;

    if (line < 0 || line >= LINES)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    make_harmless(text);
    attron((int)attributes[style]);
    mvaddnstr(line, 0, text, COLS);
    for (int column = (int)strlen(text); style == SCREEN_HEADING && column < COLS; column++)
        mvaddch(line, column, ' ');
    attroff((int)attributes[style]);
}

int screen_lines(void)
{
    return LINES;
}

void screen_clear(void)
{
    erase();
}

void screen_show(void)
{
    refresh();
}
