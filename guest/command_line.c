/* SPDX-License-Identifier: MIT */
/* The words of the guest's command line. */
#include "guest/command_line.h"

#include <stddef.h>

#include "vmm/string.h"

static const char *line = "";

void command_line_set(const char *text)
{
    line = text;
}

/* What follows the word's '=', "" where there is none, NULL where the word is not there. */
static const char *find(const char *name)
{
    size_t n = strlen(name);

    for (const char *s = line; *s;) {
        if (!strncmp(s, name, n)) {
            if (s[n] == '=')
                return s + n + 1;
            if (s[n] == ' ' || !s[n])
                return "";
        }
        while (*s && *s != ' ')
            s++;
        while (*s == ' ')
            s++;
    }
    return NULL;
}

bool command_line_has(const char *name)
{
    return find(name);
}

bool command_line_selects(const char *name, const char *item)
{
    const char *s = find(name);
    size_t n = strlen(item);

    if (!s || !*s)
        return true;
    for (;;) {
        if (!strncmp(s, item, n) && (s[n] == ',' || s[n] == ' ' || !s[n]))
            return true;
        while (*s && *s != ' ' && *s != ',')
            s++;
        if (*s != ',')
            return false;
        s++;
    }
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return 16;
}

void command_line_number(const char *name, uint64_t *value)
{
    const char *s = find(name);
    int base = 10;

    if (!s || !*s)
        return;
    if (s[0] == '0' && s[1] == 'x') {
        base = 16;
        s += 2;
    }
    *value = 0;
    for (; digit(*s) < base; s++)
        *value = *value * (uint64_t)base + (uint64_t)digit(*s);
}
