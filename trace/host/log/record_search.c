/* SPDX-License-Identifier: MIT */
/* Finds record lines among other characters. */
#include "trace/host/log/record_search.h"

#include <ctype.h>
#include <string.h>

#include "trace/host/log/text_lines.h"
#include "trace/text.h"

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

bool record_search(const char *text, size_t n, struct found_record *found)
{
    size_t begin = 0, end = 0;

    for (;;) {
        const char *tilde = memchr(text + begin, '~', n - begin);

        if (!tilde)
            return false;
        begin = (size_t)(tilde - text);
        if (end < begin + 1 + TEXT_WRAP_TAIL)
            end = find_tail(text, n, begin + 1);
        if (!end)
            return false;
        if (end - begin <= TEXT_LINE_MAX && text_unwrap(tilde, end - begin, &found->number,
                                                        &found->line, &found->length) == TEXT_GOOD)
            break;
        begin++;
    }
    found->begin = begin;
    found->end = end;
    return true;
}
