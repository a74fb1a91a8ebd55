/* SPDX-License-Identifier: MIT */
/* The messages of every command. */
#include "trace/host/show/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "trace/host/show/status_line.h"
#include "trace/host/show/utf8.h"

enum { COMPLAINT_MAX = 8192 /* a path in it may have 4096 bytes */ };

/* Names come from files, logs and options: any bytes may be in them. */
static void put_shown(const char *text)
{
    for (size_t n = strlen(text), length; n; text += length, n -= length) {
        char shown[UTF8_SHOWN + 1], *end = shown;

        length = utf8_show(&end, text, n, 0);
        fwrite(shown, 1, (size_t)(end - shown), stderr);
    }
}

void log_complain(const char *name, const char *format, ...)
{
    char words[COMPLAINT_MAX];
    va_list arguments;

    status_line_clear();
    fputs("vexit: ", stderr);
    put_shown(name);
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    fputs(": ", stderr);
    put_shown(words);
    fputc('\n', stderr);
}
