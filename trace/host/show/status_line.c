/* SPDX-License-Identifier: MIT */
/* A line that is written anew in its place. */
#include "trace/host/show/status_line.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

void status_line_show(const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list arguments;

    if (!status_line_possible())
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    fprintf(stderr, CLEAR "%.*s", columns(), line);
    shown = true;
}

void status_line_clear(void)
{
    if (shown)
        fputs(CLEAR, stderr);
    shown = false;
}
