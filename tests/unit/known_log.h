/* SPDX-License-Identifier: MIT */
/*
 * Logs of which everything is known: each unit (a frame, or a line of wire=text) with its bytes and
 * what it carries; and what may happen to a log on its way.
 */
#ifndef TESTS_UNIT_KNOWN_LOG_H
#define TESTS_UNIT_KNOWN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/element.h"
#include "tests/unit/wild_trace.h"
#include "trace/end.h"
#include "trace/start.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum {
    KNOWN_UNITS = 400,
    KNOWN_ELEMENTS = 2000,
    KNOWN_BYTES = 1 << 18,
    KNOWN_VCPUS = 4,
    KNOWN_LINE_VCPUS = 2, /* the line of START that tells how many there are */
};

struct known_unit {
    size_t begin, length; /* in the log's bytes; a line with its end */
    enum {
        UNIT_START,
        UNIT_ELEMENTS,
        UNIT_EXIT,
        UNIT_ENTRY,
        UNIT_END,
        UNIT_REASON,
        UNIT_BALANCE
    } kind;
    uint16_t vcpu;
    uint64_t first_record, records; /* frames: as the frame counts; lines: one each */
    uint64_t lost;                  /* by lost records */
    unsigned element, elements;     /* the elements in it; of EXIT and ENTRY the one they make */
};

struct known_log {
    bool lines;
    unsigned units, elements, vcpus;
    size_t length;
    uint16_t vcpu[KNOWN_VCPUS];
    uint64_t records[KNOWN_VCPUS], lost[KNOWN_VCPUS]; /* sent, and lost by the ring */
    struct known_unit unit[KNOWN_UNITS]; /* in the order of their sequence numbers, from 0 */
    struct trace_element element[KNOWN_ELEMENTS];
    uint8_t bytes[KNOWN_BYTES];
};

/* Appends what is at the end of the log's bytes already as a unit. */
static inline struct known_unit *known_add(struct known_log *log, int kind, size_t length)
{
    struct known_unit *unit = &log->unit[log->units++];

    *unit = (struct known_unit){ .begin = log->length, .length = length, .element = log->elements };
    unit->kind = kind;
    log->length += length;
    return unit;
}

static inline uint8_t *known_room(struct known_log *log)
{
    return log->bytes + log->length;
}

static inline struct known_unit *known_add_line(struct known_log *log, int kind, const char *line,
                                                size_t n)
{
    uint8_t number = (uint8_t)log->units;

    return known_add(
        log, kind,
        text_wire_line((char *)known_room(log), KNOWN_BYTES - log->length, &number, line, n));
}

/* A payload as one frame, or each of its lines after a word. */
static inline void known_add_payload(struct known_log *log, int kind, enum wire_kind frame_kind,
                                     const char *word, const char *payload, size_t n)
{
    if (!log->lines) {
        known_add(log, kind,
                  wire_blob(known_room(log), KNOWN_BYTES - log->length, frame_kind, log->units,
                            payload, n));
        return;
    }
    for (const char *end = payload + n; payload < end; payload += strcspn(payload, "\n") + 1) {
        char line[600];
        int length =
            snprintf(line, sizeof(line), "%s%.*s", word, (int)strcspn(payload, "\n"), payload);

        known_add_line(log, kind, line, (size_t)length);
    }
}

/* Notes an element that is sent. */
static inline void known_keep(struct known_log *log, unsigned vcpu,
                              const struct trace_element *element)
{
    log->element[log->elements++] = *element;
    log->records[vcpu] += trace_records(element->kind);
    if (element->kind == TRACE_LOST)
        log->lost[vcpu] += element->slot[0];
}

/* The next element of a vCPU; losses are of a size that does not wrap when it is summed up. */
static inline struct trace_element known_next(struct known_log *log, unsigned vcpu,
                                              struct wild_trace *wild)
{
    struct trace_element element;

    wild_next(wild, &element);
    if (element.kind == TRACE_LOST)
        element.slot[0] &= 0xffff;
    return element_normal(&element, log->vcpu[vcpu]);
}

/* A frame of up to `limit` elements. */
static inline void known_add_frame(struct known_log *log, unsigned vcpu, struct wild_trace *wild,
                                   unsigned limit)
{
    static struct wire_encoder encoder;
    uint64_t first = log->records[vcpu], lost = log->lost[vcpu];
    unsigned element = log->elements;

    wire_begin(&encoder, known_room(log), KNOWN_BYTES - log->length, log->units, log->vcpu[vcpu],
               first);
    while (limit--) {
        struct trace_element next = known_next(log, vcpu, wild);

        if (!wire_add(&encoder, &next))
            break;
        known_keep(log, vcpu, &next);
    }

    struct known_unit *unit = known_add(log, UNIT_ELEMENTS, wire_finish(&encoder));

    unit->vcpu = (uint16_t)vcpu;
    unit->first_record = first;
    unit->records = log->records[vcpu] - first;
    unit->lost = log->lost[vcpu] - lost;
    unit->element = element;
    unit->elements = log->elements - element;
}

/* The line or the two lines of an element. */
static inline void known_add_element(struct known_log *log, unsigned vcpu, struct wild_trace *wild)
{
    struct trace_element next = known_next(log, vcpu, wild);
    bool is_exit = next.kind <= TRACE_EXIT_ONLY;
    char text[TEXT_ELEMENT_MAX], *line = text;

    text_element(text, sizeof(text), &next, 0);
    for (unsigned i = 0; *line; i++) {
        size_t n = strcspn(line, "\n");
        struct known_unit *unit = known_add_line(log,
                                                 !is_exit ? UNIT_ELEMENTS
                                                 : i      ? UNIT_ENTRY
                                                          : UNIT_EXIT,
                                                 line, n);

        unit->vcpu = (uint16_t)vcpu;
        unit->records = next.kind != TRACE_LOST;
        unit->lost = next.kind == TRACE_LOST ? next.slot[0] : 0;
        unit->elements = !is_exit || i;
        line += n + 1;
    }
    known_keep(log, vcpu, &next);
}

static inline void known_add_text(struct known_log *log, uint64_t *random)
{
    static const char *const text[] = { "",
                                        "",
                                        "",
                                        "a line of the guest's\r\n",
                                        "x\r\n",
                                        "\n",
                                        "a line that begins with ~ 17 vcpu0\r\n" };
    const char *some = text[random_below(random, sizeof(text) / sizeof(text[0]))];

    memcpy(known_room(log), some, strlen(some));
    log->length += strlen(some);
}

static inline void known_add_end(struct known_log *log)
{
    struct trace_end end = { .reason = "the guest stopped" };
    char payload[END_PAYLOAD_MAX];

    for (unsigned i = 0; i < log->vcpus; i++) {
        end.vcpu[log->vcpu[i]].generated = log->records[i] + log->lost[i];
        end.vcpu[log->vcpu[i]].lost = log->lost[i];
        if (log->vcpu[i] >= end.vcpus)
            end.vcpus = log->vcpu[i] + 1u;
    }

    size_t n = end_encode(payload, sizeof(payload), &end);

    known_add_payload(log, UNIT_END, WIRE_END, "end ", payload, n);
    /* Of the lines only the first makes an END record; the last ones are the vCPUs' balances. */
    for (unsigned i = 0; log->lines && i < log->vcpus; i++) {
        struct known_unit *unit = &log->unit[log->units - log->vcpus + i];

        unit->kind = UNIT_BALANCE;
        unit->vcpu = (uint16_t)i;
    }
    if (log->lines)
        log->unit[log->units - log->vcpus - 1].kind = UNIT_REASON;
}

/* Makes the log that this seed stands for, of one whole run. */
static inline void known_make(struct known_log *log, uint64_t seed, bool lines)
{
    char start[80];
    static struct wild_trace wild[KNOWN_VCPUS];
    uint64_t random = seed;
    unsigned rounds = (unsigned)random_below(&random, lines ? 100 : 40);

    memset(log, 0, offsetof(struct known_log, unit));
    log->lines = lines;
    log->vcpus = 1 + (unsigned)random_below(&random, KNOWN_VCPUS);
    for (unsigned i = 0; i < log->vcpus; i++) {
        log->vcpu[i] = (uint16_t)(i ? log->vcpu[i - 1] + 1 : 0);
        if (!lines && i == 3)
            log->vcpu[i] = END_VCPUS - 1;
        wild_begin(&wild[i], random_next(&random), lines);
    }

    int n = snprintf(start, sizeof(start), "version=1\ntsc_hz=5\nvcpus=%u\noptions=exits=all\n",
                     log->vcpu[log->vcpus - 1] + 1u);

    known_add_text(log, &random);
    known_add_payload(log, UNIT_START, WIRE_START, "start ", start, (size_t)n);
    while (rounds--) {
        unsigned vcpu = (unsigned)random_below(&random, log->vcpus);

        if (lines)
            known_add_element(log, vcpu, &wild[vcpu]);
        else
            known_add_frame(log, vcpu, &wild[vcpu], 1 + (unsigned)random_below(&random, 40));
        known_add_text(log, &random);
    }
    known_add_end(log);
    known_add_text(log, &random);
}

#endif
