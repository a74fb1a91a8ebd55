/* SPDX-License-Identifier: MIT */
/* Reading text piece by piece. */
#include "trace/scan.h"

struct scan scan_string(const char *text)
{
    const char *end = text;

    while (*end)
        end++;
    return (struct scan){ text, end };
}

bool scan_text(struct scan *scan, const char *text)
{
    const char *p = scan->at;

    while (*text && p < scan->end && *p == *text) {
        p++;
        text++;
    }
    if (*text)
        return false;
    scan->at = p;
    return true;
}

bool scan_is(const struct scan *scan, const char *text)
{
    struct scan copy = *scan;

    return scan_text(&copy, text) && scan_empty(&copy);
}

struct scan scan_until(struct scan *scan, char stop)
{
    struct scan taken = { scan->at, scan->at };

    while (taken.end < scan->end && *taken.end != stop)
        taken.end++;
    scan->at = taken.end < scan->end ? taken.end + 1 : taken.end;
    return taken;
}

/* The value of a hexadecimal digit; 16 or more for any other character. */
static unsigned digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* Takes digits of the base while they fit into 64 bits. */
static bool scan_base(struct scan *scan, unsigned base, uint64_t *value)
{
    const char *p = scan->at;
    uint64_t sum = 0;

    for (; p < scan->end && digit(*p) < base; p++)
        if (__builtin_mul_overflow(sum, base, &sum) || __builtin_add_overflow(sum, digit(*p), &sum))
            return false;
    if (p == scan->at)
        return false;
    scan->at = p;
    *value = sum;
    return true;
}

bool scan_number(struct scan *scan, uint64_t *value)
{
    struct scan copy = *scan;
    bool good = scan_text(&copy, "0x") ? scan_base(&copy, 16, value) : scan_base(&copy, 10, value);

    if (good)
        *scan = copy;
    return good;
}

bool scan_whole_number(const struct scan *scan, uint64_t *value)
{
    struct scan copy = *scan;

    return scan_number(&copy, value) && scan_empty(&copy);
}

bool scan_digits(struct scan *scan, unsigned n, uint64_t *value)
{
    struct scan first = { scan->at, scan->at + n };

    if ((size_t)(scan->end - scan->at) < n || !scan_base(&first, 16, value) || !scan_empty(&first))
        return false;
    scan->at += n;
    return true;
}

void scan_copy(const struct scan *scan, char *to, size_t n)
{
    size_t i = 0;

    for (; i + 1 < n && scan->at + i < scan->end; i++)
        to[i] = scan->at[i];
    if (n)
        to[i] = '\0';
}
