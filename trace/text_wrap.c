/* SPDX-License-Identifier: MIT */
/* Record lines as they go over the wire, so that they are told from other text, and damage is seen. */
#include "trace/crc32c.h"
#include "trace/put.h"
#include "trace/scan.h"
#include "trace/text.h"

/* The checksum of a wrapped line: sixteen bits over the line and its number. */
static uint32_t line_check(const char *line, size_t length, uint8_t sequence)
{
    return crc32c(crc32c(0, line, length), &sequence, 1) & 0xffff;
}

size_t text_wire_line(char *buf, size_t n, uint8_t *sequence, const char *line, size_t length)
{
    struct put put;

    put_begin(&put, buf, n);
    put_char(&put, '~');
    put_bytes(&put, line, length);
    put_string(&put, " ~");
    put_digits(&put, *sequence, 2);
    put_digits(&put, line_check(line, length, *sequence), 4);
    put_string(&put, "\r\n");

    size_t written = put_end(&put);

    if (written)
        ++*sequence;
    return written;
}

enum text_wrap text_unwrap(const char *line, size_t n, uint8_t *sequence, const char **inner,
                           size_t *length)
{
    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;

    bool begins = n && line[0] == '~', ends = n >= TEXT_WRAP_TAIL;
    struct scan tail =
        scan_begin(ends ? line + n - TEXT_WRAP_TAIL : line, ends ? TEXT_WRAP_TAIL : 0);
    uint64_t number, check;

    ends =
        scan_text(&tail, " ~") && scan_digits(&tail, 2, &number) && scan_digits(&tail, 4, &check);
    if (!begins || !ends || n < 1 + TEXT_WRAP_TAIL)
        return begins || ends ? TEXT_DAMAGED : TEXT_PLAIN;
    *sequence = (uint8_t)number;
    *inner = line + 1;
    *length = n - 1 - TEXT_WRAP_TAIL;
    return line_check(*inner, *length, *sequence) == check ? TEXT_GOOD : TEXT_DAMAGED;
}
