/* SPDX-License-Identifier: MIT */
/* Makes checksums good again after a log was changed: else nothing behind them is ever reached. */
#ifndef TESTS_FUZZ_SEAL_H
#define TESTS_FUZZ_SEAL_H

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/random.h"
#include "trace/crc32c.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_decoder.h"

/* A frame that begins at p; one that is longer than the log is cut at its end. Returns its length. */
static inline size_t seal_frame(uint8_t *p, size_t n, uint32_t sequence)
{
    size_t body = (size_t)(p[3] | p[4] << 8);

    if (body < 4 || body > n - WIRE_OVERHEAD + 4)
        body = n - WIRE_OVERHEAD + 4 < WIRE_BODY_MAX ? n - WIRE_OVERHEAD + 4 : WIRE_BODY_MAX;

    size_t covered = WIRE_HEADER + body;

    p[3] = (uint8_t)body;
    p[4] = (uint8_t)(body >> 8);
    p[5] = (uint8_t)crc32c(0, p, 5);
    memcpy(p + WIRE_HEADER, &sequence, sizeof(sequence));

    uint32_t checksum = crc32c(0, p, covered);

    memcpy(p + covered, &checksum, sizeof(checksum));
    return covered + sizeof(checksum);
}

/* A wrapped line of n bytes, its end included: its tail is written anew. */
static inline void seal_line(uint8_t *line, size_t n, uint8_t number)
{
    char wrapped[4096 + TEXT_WIRE_OVERHEAD];

    if (n < TEXT_WIRE_OVERHEAD || n > 4096)
        return;
    text_wire_line(wrapped, sizeof(wrapped), &number, (const char *)line + 1,
                   n - TEXT_WIRE_OVERHEAD + 1);
    memcpy(line, wrapped, n);
}

/*
 * All frames and lines of a log, their numbers from 0. A few keep their own number, and a few their
 * wrong checksum.
 */
static inline void seal_log(uint8_t *log, size_t n, unsigned seed)
{
    uint64_t random = seed;
    uint32_t frames = 0;
    uint8_t lines = 0;

    for (size_t at = 0; at < n;) {
        uint8_t *newline = memchr(log + at, '\n', n - at);
        size_t length = newline ? (size_t)(newline - log) - at + 1 : n - at;
        bool skip = random_below(&random, 40) == 0;

        if (n - at >= WIRE_OVERHEAD && log[at] == WIRE_SYNC_0 && log[at + 1] == WIRE_SYNC_1) {
            uint32_t own;

            memcpy(&own, log + at + WIRE_HEADER, sizeof(own));
            if (!skip)
                at += seal_frame(log + at, n - at, random_below(&random, 40) ? frames : own);
            frames++;
            at += skip;
        } else if (log[at] == '~') {
            if (!skip)
                seal_line(log + at, length, lines);
            lines++;
            at += length;
        } else {
            size_t next = 1 + wire_search(log + at + 1, n - at - 1);

            at += next < length ? next : length;
        }
    }
}

/* A custom mutator for inputs that are a log behind `head` bytes: most of them get good checksums. */
static inline size_t mutate_log(uint8_t *data, size_t n, size_t room, size_t head, unsigned seed)
{
    n = LLVMFuzzerMutate(data, n, room);
    if (n > head && seed % 16)
        seal_log(data + head, n - head, seed);
    return n;
}

/*
 * How many elements the frames of a log hold, up to a limit: one item may stand for four thousand
 * million of them.
 */
static inline unsigned seal_elements(const uint8_t *log, size_t n, unsigned limit)
{
    static struct wire_decoder reader;
    struct trace_element element;
    struct wire_frame frame;
    unsigned elements = 0;

    for (size_t at = 0; (at += wire_search(log + at, n - at)) < n; at++) {
        if (wire_parse(log + at, n - at, &frame) != WIRE_FOUND || frame.kind != WIRE_TRACE)
            continue;
        wire_read_begin(&reader, &frame);
        while (elements < limit && wire_read(&reader, &element) == WIRE_ELEMENT)
            elements++;
    }
    return elements;
}

#endif
