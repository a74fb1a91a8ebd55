/* SPDX-License-Identifier: MIT */
/* The same trace of two vCPUs as a log of frames and as one of record lines, with text between them. */
#ifndef TESTS_UNIT_SAMPLE_LOG_H
#define TESTS_UNIT_SAMPLE_LOG_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/synthetic.h"
#include "trace/end.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum { SAMPLE_FRAMES = 32, SAMPLE_BYTES = 1 << 16 };

/* A log, and where its frames (or lines of records) are. */
struct sample_log {
    uint8_t bytes[SAMPLE_BYTES];
    size_t length;
    unsigned frames;
    struct {
        size_t begin, end;
        enum wire_kind kind;
        uint64_t records;
    } frame[SAMPLE_FRAMES];
    uint64_t records;
};

static inline void sample_add(struct sample_log *log, const void *bytes, size_t n)
{
    if (n)
        memcpy(log->bytes + log->length, bytes, n);
    log->length += n;
}

static inline void sample_add_text(struct sample_log *log, const char *text)
{
    sample_add(log, text, strlen(text));
}

static inline void sample_note(struct sample_log *log, size_t begin, enum wire_kind kind,
                               uint64_t records)
{
    log->frame[log->frames].begin = begin;
    log->frame[log->frames].end = log->length;
    log->frame[log->frames].kind = kind;
    log->frame[log->frames].records = records;
    log->frames++;
    log->records += records;
}

static inline void sample_add_blob(struct sample_log *log, enum wire_kind kind, const void *payload,
                                   size_t n)
{
    size_t begin = log->length;

    log->length +=
        wire_blob(log->bytes + begin, SAMPLE_BYTES - begin, kind, log->frames, payload, n);
    sample_note(log, begin, kind, 0);
}

/* Of each vCPU: where its exits come from, and what was made of them so far. */
static struct synthetic sample_source[2];
static struct statistics sample_statistics[2];
static uint64_t sample_records[2];

static inline void sample_next(unsigned vcpu, struct trace_element *e)
{
    synthetic_next(&sample_source[vcpu], e);
    e->vcpu = (uint16_t)vcpu;
    statistics_add(&sample_statistics[vcpu], e->reason, e->entry_tsc - e->exit_tsc);
}

static inline void sample_add_elements(struct sample_log *log, unsigned vcpu, unsigned count)
{
    static struct wire_encoder encoder;
    size_t begin = log->length;
    struct trace_element e;

    wire_begin(&encoder, log->bytes + begin, SAMPLE_BYTES - begin, log->frames, (uint16_t)vcpu,
               sample_records[vcpu]);
    for (unsigned i = 0; i < count; i++) {
        sample_next(vcpu, &e);
        wire_add(&encoder, &e);
    }
    log->length += wire_finish(&encoder);
    sample_records[vcpu] += 2 * count;
    sample_note(log, begin, WIRE_TRACE, 2 * count);
}

static inline size_t sample_start(char *payload)
{
    struct trace_start start = { .version = "test", .tsc_hz = 1000, .vcpus = 2, .options = "a=b" };

    return start_encode(payload, START_PAYLOAD_MAX, &start);
}

static inline size_t sample_end(char *payload)
{
    static struct trace_end end = { .reason = "done", .vcpus = 2 };

    end.vcpu[0].generated = sample_records[0];
    end.vcpu[1].generated = sample_records[1];
    return end_encode(payload, END_PAYLOAD_MAX, &end);
}

static inline void sample_begin(struct sample_log *log)
{
    log->length = log->frames = 0;
    log->records = 0;
    for (unsigned i = 0; i < 2; i++) {
        sample_source[i] = (struct synthetic){ .random = i + 1, .tsc = 1000, .jitter = 50 };
        statistics_clear(&sample_statistics[i]);
        sample_records[i] = 0;
    }
}

static inline void sample_frames(struct sample_log *log)
{
    static char payload[START_PAYLOAD_MAX];
    static uint8_t encoded[STATISTICS_PAYLOAD_MAX];

    sample_begin(log);
    sample_add_text(log, "the first line of the text\r\n");
    sample_add_blob(log, WIRE_START, payload, sample_start(payload));
    for (unsigned i = 0; i < 6; i++) {
        sample_add_elements(log, i % 2, 20 + i);
        sample_add_text(log, i % 3 ? "" : "a line of the guest's\r\n");
    }
    for (unsigned i = 0; i < 2; i++)
        sample_add_blob(
            log, WIRE_STATISTICS, encoded,
            statistics_encode(encoded, sizeof(encoded), (uint16_t)i, &sample_statistics[i]));
    sample_add_blob(log, WIRE_END, payload, sample_end(payload));
    sample_add_text(log, "the last line of the text\r\n");
}

static uint8_t sample_line_number;

static inline void sample_add_lines(struct sample_log *log, const char *word, const char *text)
{
    char line[2048], wrapped[2048 + TEXT_WIRE_OVERHEAD];

    for (; *text; text += strcspn(text, "\n") + 1) {
        int n = snprintf(line, sizeof(line), "%s%.*s", word, (int)strcspn(text, "\n"), text);

        sample_add(log, wrapped,
                   text_wire_line(wrapped, sizeof(wrapped), &sample_line_number, line, (size_t)n));
    }
}

static inline void sample_lines(struct sample_log *log)
{
    static char payload[START_PAYLOAD_MAX], text[TEXT_STATISTICS_MAX];
    struct trace_element e;

    sample_begin(log);
    sample_line_number = 0;
    sample_add_text(log, "the first line of the text\r\n");
    sample_start(payload);
    sample_add_lines(log, "start ", payload);
    for (unsigned i = 0; i < 30; i++) {
        sample_next(i % 2, &e);
        text_element(text, sizeof(text), &e, 0);
        sample_add_lines(log, "", text);
        sample_records[i % 2] += 2;
        sample_add_text(log, i % 10 ? "" : "a line of the guest's\r\n");
    }
    for (unsigned i = 0; i < 2; i++) {
        text_statistics(text, sizeof(text), (uint16_t)i, &sample_statistics[i]);
        sample_add_lines(log, "", text);
    }
    sample_end(payload);
    sample_add_lines(log, "end ", payload);
    sample_add_text(log, "the last line of the text\r\n");
    log->records = sample_records[0] + sample_records[1];
}

#endif
