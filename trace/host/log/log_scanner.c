/* SPDX-License-Identifier: MIT */
/*
 * Cuts a log's bytes into frames, text and damage.
 *
 * Damage begins where a frame's checksum is wrong or a byte cannot be text. If the frame's header
 * was good, its length says where the damage ends; otherwise it ends with the next good frame or
 * record line, or with the next line that is text from its first to its last byte.
 */
#include "trace/host/log/log_scanner.h"

#include <string.h>

#include "trace/host/log/record_search.h"

enum {
    LINE_MIN = 8, /* shorter runs of text bytes may be a frame's */
    LINE_MAX = 4096,
};

void scanner_begin(struct log_scanner *scanner, const struct scanner_events *events)
{
    scanner->events = *events;
    scanner->offset = 0;
    scanner->used = 0;
    scanner->damaged = false;
}

/* ASCII with the controls that terminals know, and what UTF-8 sequences are made of. */
static bool is_text(uint8_t byte)
{
    if (byte < 0x20)
        return (byte >= '\a' && byte <= '\r') || byte == 0x1b;
    return byte != 0x7f && byte != 0xc0 && byte != 0xc1 && byte < 0xf5;
}

static void drop(struct log_scanner *scanner, size_t *at, size_t n)
{
    *at += n;
    if (n)
        scanner->after_newline = scanner->buffer[*at - 1] == '\n';
}

static void begin_damage(struct log_scanner *scanner, size_t at)
{
    if (scanner->damaged)
        return;
    scanner->damaged = true;
    scanner->after_newline = false;
    scanner->damage_from = scanner->offset + at;
    scanner->damage_until = 0;
}

static void end_damage(struct log_scanner *scanner, size_t at)
{
    if (!scanner->damaged)
        return;
    scanner->damaged = false;
    scanner->events.damage(scanner->events.context, scanner->damage_from,
                           scanner->offset + at - scanner->damage_from);
}

/*
 * Looks in n bytes of damage for a line of text, all there, that begins after a newline and ends
 * with CR LF, or for a record line. `last`: no more of the last line comes. Returns where it begins;
 * else n, or where a line may have begun that is not all there yet.
 */
static size_t find_line(const uint8_t *p, size_t n, bool after_newline, bool last, bool *found)
{
    size_t line = after_newline ? 0 : n; /* where a line began that is text so far */
    size_t run = 0;                      /* where the bytes before are text from */
    struct found_record record;

    *found = true;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && is_text(p[i]) && p[i] != '\n' && p[i] != '\r')
            continue;
        if (i < n && p[i] == '\n' && line < i && i - line >= LINE_MIN && p[i - 1] == '\r')
            return line;
        if (i == n && !last)
            break;
        if (record_search((const char *)p + run, i - run, &record))
            return line < i ? line : run + record.begin;
        if (i == n)
            break;
        run = i + 1;
        if (p[i] != '\r')
            line = p[i] == '\n' ? run : n;
    }
    *found = false;
    if (line < run)
        run = line;
    return n - run < LINE_MAX ? run : n;
}

/*
 * Passes over damaged bytes, up to `limit` where a frame may begin or the bytes end. False: more
 * bytes are needed to go on.
 */
static bool pass_damage(struct log_scanner *scanner, size_t *at, size_t limit, bool last)
{
    uint64_t here = scanner->offset + *at;
    bool found;

    if (scanner->damage_until) {
        uint64_t left = scanner->damage_until - here;

        if (left <= limit - *at) {
            drop(scanner, at, (size_t)left);
            end_damage(scanner, *at);
        } else {
            drop(scanner, at, limit - *at);
        }
        return true;
    }

    size_t line =
        find_line(scanner->buffer + *at, limit - *at, scanner->after_newline, last, &found);

    drop(scanner, at, found || !last ? line : limit - *at);
    if (found)
        end_damage(scanner, *at);
    return found || *at == limit;
}

/* Hands text on, up to `limit` or the first byte that cannot be text, where damage begins. */
static void pass_text(struct log_scanner *scanner, size_t *at, size_t limit)
{
    size_t end = *at;

    while (end < limit && is_text(scanner->buffer[end]))
        end++;
    if (end > *at)
        scanner->events.text(scanner->events.context, scanner->offset + *at,
                             (const char *)scanner->buffer + *at, end - *at);
    *at = end;
    if (end < limit)
        begin_damage(scanner, end);
}

/* The checksum at a frame's end. */
static uint32_t checksum_of(const uint8_t *frame, size_t length)
{
    uint32_t checksum;

    memcpy(&checksum, frame + length - sizeof(checksum), sizeof(checksum));
    return checksum;
}

static void take_frame(struct log_scanner *scanner, size_t *at, const struct wire_frame *frame,
                       bool newer)
{
    const struct scanner_events *events = &scanner->events;
    uint32_t checksum = checksum_of(scanner->buffer + *at, frame->length);

    end_damage(scanner, *at);
    (newer ? events->newer : events->frame)(events->context, scanner->offset + *at, frame,
                                            checksum);
    *at += frame->length;
}

/* A frame that cannot be read: only its first byte is passed over, as good frames may be inside. */
static void take_damaged(struct log_scanner *scanner, size_t *at, const struct wire_frame *frame)
{
    uint64_t until = scanner->offset + *at + frame->length;

    begin_damage(scanner, *at);
    if (frame->length > WIRE_HEADER && until > scanner->damage_until)
        scanner->damage_until = until;
    drop(scanner, at, 1);
}

/* Takes what stands at a place where a frame may begin. False: more bytes are needed to tell. */
static bool take_candidate(struct log_scanner *scanner, size_t *at, bool last)
{
    struct wire_frame frame;

    switch (wire_parse(scanner->buffer + *at, scanner->used - *at, &frame)) {
    case WIRE_FOUND:
        take_frame(scanner, at, &frame, false);
        return true;
    case WIRE_NEWER:
        take_frame(scanner, at, &frame, true);
        return true;
    case WIRE_MORE:
        if (!last)
            return false;
        take_damaged(scanner, at, &frame);
        return true;
    case WIRE_DAMAGED:
        take_damaged(scanner, at, &frame);
        return true;
    case WIRE_NOTHING:
        break;
    }
    begin_damage(scanner, *at);
    drop(scanner, at, 1);
    return true;
}

/* Takes all that can be told from the buffer, and moves the rest to its beginning. */
static void scan(struct log_scanner *scanner, bool last)
{
    size_t at = 0;
    bool more = true;

    while (more && at < scanner->used) {
        size_t limit = at + wire_search(scanner->buffer + at, scanner->used - at);

        if (limit == at)
            more = take_candidate(scanner, &at, last);
        else if (scanner->damaged)
            more = pass_damage(scanner, &at, limit, last || limit < scanner->used);
        else
            pass_text(scanner, &at, limit);
    }
    scanner->used -= at;
    scanner->offset += at;
    memmove(scanner->buffer, scanner->buffer + at, scanner->used);
}

void scanner_feed(struct log_scanner *scanner, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;

    while (n) {
        size_t part = SCANNER_BUFFER - scanner->used;

        if (part > n)
            part = n;
        memcpy(scanner->buffer + scanner->used, from, part);
        scanner->used += part;
        from += part;
        n -= part;
        scan(scanner, false);
    }
}

void scanner_finish(struct log_scanner *scanner)
{
    scan(scanner, true);
    end_damage(scanner, 0);
}
