/* SPDX-License-Identifier: MIT */
/* Finds record lines among other characters. */
#include "trace/host/log/record_search.h"

#include <ctype.h>
#include <string.h>

#include "trace/host/log/text_lines.h"
#include "trace/text.h"

/*
 * Of the tildes before a tail, the first and so many of the last ones are tried: lines have next to
 * none inside, and to try all would take time with the square of the line's length.
 */
enum { TRIES = 8 };

/* Where the first tail of a wrapped line ends that is not before `at`; 0: there is none. */
static size_t find_tail(const char *text, size_t n, size_t at)
{
    for (; n - at >= TEXT_WRAP_TAIL; at++) {
        const char *space = memchr(text + at, ' ', n - at - (TEXT_WRAP_TAIL - 1));
        size_t digits = 2;

        if (!space)
            return 0;
        at = (size_t)(space - text);
        if (space[1] != '~')
            continue;
        while (digits < TEXT_WRAP_TAIL && isxdigit((unsigned char)space[digits]))
            digits++;
        if (digits == TEXT_WRAP_TAIL)
            return at + TEXT_WRAP_TAIL;
    }
    return 0;
}

static bool is_record(const char *text, size_t begin, size_t end, struct found_record *found)
{
    found->begin = begin;
    found->end = end;
    return text[begin] == '~' && end - begin <= TEXT_LINE_MAX &&
           text_unwrap(text + begin, end - begin, &found->number, &found->line, &found->length) ==
               TEXT_GOOD;
}

bool record_search(const char *text, size_t n, struct found_record *found)
{
    size_t from = 0, end;

    /* What looks like a tail may be the beginning of a line: " ~123456 vcpu0 ...". */
    for (; (end = find_tail(text, n, from)); from = end - TEXT_WRAP_TAIL + 1) {
        const char *tilde = memchr(text + from, '~', end - TEXT_WRAP_TAIL - from);

        if (!tilde)
            continue;

        size_t first = (size_t)(tilde - text), at = end - TEXT_WRAP_TAIL;

        if (is_record(text, first, end, found))
            return true;
        for (unsigned tries = 0; tries < TRIES && at > first; at--) {
            tries += text[at] == '~';
            if (is_record(text, at, end, found))
                return true;
        }
    }
    return false;
}
