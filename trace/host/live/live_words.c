/* SPDX-License-Identifier: MIT */
/* Words and figures for a narrow screen. */
#include "trace/host/live/live_words.h"

#include <stdio.h>
#include <string.h>

#include "trace/host/show/record_line.h"

/* Three digits, and the unit that makes it a number below 1000. */
static const char *scaled(char text[LIVE_FIGURE], double number, const char *const units[],
                          unsigned count)
{
    unsigned unit = 0;

    for (; unit + 1 < count && number >= 999.5; unit++)
        number /= 1000;

    int digits = number >= 99.95 ? 0 : number >= 9.995 ? 1 : 2;

    /* Of what is whole there is no half. */
    if (!unit && !*units[0])
        digits = 0;
    snprintf(text, LIVE_FIGURE, "%.*f%s", digits, number, units[unit]);
    return text;
}

const char *live_count(char text[LIVE_FIGURE], double number)
{
    static const char *const units[] = { "", "k", "M", "G", "T", "P", "E" };

    return scaled(text, number, units, sizeof(units) / sizeof(units[0]));
}

const char *live_time(char text[LIVE_FIGURE], double ticks, uint64_t hz)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };

    if (!hz)
        return live_count(text, ticks);
    return scaled(text, ticks * 1e9 / (double)hz, units, sizeof(units) / sizeof(units[0]));
}

const char *live_percent(char text[LIVE_FIGURE], double per_cent)
{
    snprintf(text, LIVE_FIGURE, per_cent < 0 ? "-" : "%.1f%%", per_cent);
    return text;
}

const char *live_exit(char text[LIVE_EXIT], const struct schema *schema,
                      const struct trace_element *element)
{
    char lines[RECORD_LINE_ROOM + 1];
    size_t n = record_line(lines, schema, element, true), used = 0;

    /* Both lines are "vcpu0 exit NAME ...": the second one's beginning says nothing new. */
    lines[n] = '\0';

    char *second = strchr(lines, '\n') + 1, *rest = second;

    second[-1] = '\0';
    for (unsigned words = 0; words < 3 && *rest; rest++)
        words += *rest == ' ' && words < 3;
    rest[strcspn(rest, "\n")] = '\0';

    const char *exit = strstr(lines, " exit ");
    int vcpu = exit ? (int)(exit - lines) : 0;

    used = (size_t)snprintf(text, LIVE_EXIT, "%.*s %s", vcpu, lines,
                            exit ? exit + strlen(" exit ") : lines);
    if (*rest && used < LIVE_EXIT)
        snprintf(text + used, LIVE_EXIT - used, " %s", rest);
    return text;
}
