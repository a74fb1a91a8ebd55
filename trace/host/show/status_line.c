/* SPDX-License-Identifier: MIT */
/* A line that is written anew in its place. */
#include "trace/host/show/status_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/host/show/utf8.h"

#define CLEAR "\r\033[K"

enum { LINE_MAX_BYTES = 512, WIDTH = 80 };

static bool shown;

bool status_line_possible(void)
{
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* One column stays free: a character in the last one moves some terminals to the next line. */
static int columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col - 1
                                                                       : WIDTH - 1;
}

/* Names of files are in it, which may be any bytes: no byte takes more than a column. */
static void put_shown(const char *line, size_t columns)
{
    fputs(CLEAR, stderr);
    for (size_t n = strlen(line), length; n; line += length, n -= length) {
        char text[UTF8_SHOWN + 1], *end = text;

        length = utf8_show(&end, line, n, 0);
        if ((size_t)(end - text) > columns)
            break;
        columns -= fwrite(text, 1, (size_t)(end - text), stderr);
    }
}

void status_line_show(const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list arguments;

    if (!status_line_possible())
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    put_shown(line, (size_t)columns());
    shown = true;
}

void status_line_clear(void)
{
    if (shown)
        fputs(CLEAR, stderr);
    shown = false;
}
