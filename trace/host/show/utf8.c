/* SPDX-License-Identifier: MIT */
/* What in a log's text is UTF-8: RFC 3629, section 4. */
#include "trace/host/show/utf8.h"

#include <stdio.h>
#include <string.h>

size_t utf8_length(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    static const struct {
        unsigned char first, last;     /* of the first byte */
        unsigned char lowest, highest; /* of the second */
        unsigned char length;
    } rows[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t length = rows[i].length;

        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (length > n || (length > 1 && (p[1] < rows[i].lowest || p[1] > rows[i].highest)))
            return 0;
        for (size_t k = 2; k < length; k++)
            if (p[k] >> 6 != 2)
                return 0;
        return length;
    }
    return 0;
}

bool utf8_is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];

    /* The second set of controls, U+0080 to U+009F, has those of the escape sequences. */
    return length == 2 ? first == 0xc2 && (unsigned char)text[1] < 0xa0
                       : length == 1 && (first < 0x20 || first == 0x7f);
}

size_t utf8_show(char **to, const char *text, size_t n, char kept)
{
    size_t length = utf8_length(text, n);

    if (length && (*text == kept || !utf8_is_control(text, length))) {
        memcpy(*to, text, length);
        *to += length;
        return length;
    }
    *to += sprintf(*to, "\\x%02x", (unsigned char)*text);
    return 1;
}
