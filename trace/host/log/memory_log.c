/* SPDX-License-Identifier: MIT */
/* The trace in an image of a machine's memory, made into the bytes of a log. */
#include "trace/host/log/memory_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/end.h"
#include "trace/host/log/memory_ring.h"
#include "trace/host/log/memory_text.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum { FRAME_SIZE = 1 << 13 };

struct memory_log {
    const struct memory_image *image;
    struct trace_memory header;
    bool live;
    bool ended; /* the END payload was there before the rings were last looked at */
    enum phase { BEGINNING, RECORDS, LAST_LOST, STATISTICS, ENDING, OVER } phase;
    uint32_t vcpu; /* LAST_LOST, STATISTICS: whose turn it is */
    uint32_t sequence;
    struct memory_text text;
    struct wire_encoder encoder;
    union {
        char start[START_PAYLOAD_MAX];
        struct {
            struct statistics rows;
            uint8_t payload[STATISTICS_PAYLOAD_MAX];
        } statistics;
        struct {
            struct trace_memory_end raw;
            struct trace_end end;
        } end;
    } scratch;
    size_t at, held; /* of `out` */
    uint8_t out[WIRE_FRAME_MAX];
    struct memory_ring ring[]; /* header.vcpus of them */
};

struct memory_log *memory_log_new(const struct memory_image *image,
                                  const struct trace_memory *header, bool live)
{
    struct memory_log *log = calloc(1, sizeof(*log) + header->vcpus * sizeof(log->ring[0]));

    if (!log)
        return NULL;
    log->image = image;
    log->header = *header;
    log->live = live;
    memory_text_begin(&log->text, image, header->text, header->vcpus);
    for (uint32_t i = 0; i < header->vcpus; i++)
        memory_ring_begin(&log->ring[i], image, &header->ring[i], (uint16_t)i);
    return log;
}

/* Puts a frame around a payload. */
static void put_blob(struct memory_log *log, enum wire_kind kind, const void *payload, size_t n)
{
    log->held = wire_blob(log->out, sizeof(log->out), kind, log->sequence, payload, n);
    log->sequence += log->held != 0;
}

static void put_start(struct memory_log *log)
{
    size_t n = log->header.start_length;

    if (memory_image_read(log->image, log->header.start, log->scratch.start, n))
        put_blob(log, WIRE_START, log->scratch.start, n);
}

/* The line of text that waits, once all records before it have been handed on. */
static void put_line(struct memory_log *log)
{
    struct memory_text *text = &log->text;
    uint64_t gone = memory_text_fetch(text);

    if (gone)
        log->held = (size_t)snprintf((char *)log->out, sizeof(log->out),
                                     "(%" PRIu64 " line%s of text overwritten here)\r\n", gone,
                                     gone == 1 ? "" : "s");
    if (!text->waits || memory_ring_number(&log->ring[text->line.vcpu]) < text->line.before)
        return;
    log->held = (size_t)snprintf((char *)log->out, sizeof(log->out), "%.*s\r\n", text->line.length,
                                 text->line.text);
    text->waits = false;
}

/* The ring with the earliest element, and in *until the earliest stamp of the others. */
static struct memory_ring *earliest(struct memory_log *log, uint64_t *until)
{
    struct memory_ring *first = NULL;
    uint64_t first_tsc = UINT64_MAX;

    *until = UINT64_MAX;
    for (uint32_t i = 0; i < log->header.vcpus; i++) {
        const struct trace_element *element = memory_ring_next(&log->ring[i]);

        if (!element)
            continue;
        if (first && element->exit_tsc >= first_tsc) {
            if (element->exit_tsc < *until)
                *until = element->exit_tsc;
            continue;
        }
        if (first)
            *until = first_tsc;
        first = &log->ring[i];
        first_tsc = element->exit_tsc;
    }
    return first;
}

static void begin_frame(struct memory_log *log, const struct memory_ring *ring)
{
    wire_begin(&log->encoder, log->out, FRAME_SIZE, log->sequence, ring->vcpu, ring->records);
}

static void finish_frame(struct memory_log *log)
{
    log->held = wire_finish(&log->encoder);
    log->sequence += log->held != 0;
}

/*
 * A frame of one vCPU's records, as far as no other vCPU's and no line of text come between, and none
 * was passed over: the next frame's record number says so.
 */
static void put_frame(struct memory_log *log)
{
    uint64_t until, carried;
    struct memory_ring *ring = earliest(log, &until);

    if (!ring)
        return;
    begin_frame(log, ring);
    carried = ring->records;
    for (;;) {
        const struct trace_element *element = memory_ring_next(ring);
        bool line = log->text.waits && log->text.line.vcpu == ring->vcpu &&
                    memory_ring_number(ring) >= log->text.line.before;

        if (!element || line || element->exit_tsc > until || ring->records != carried ||
            !wire_add(&log->encoder, element))
            break;
        memory_ring_take(ring);
        carried = ring->records;
    }
    finish_frame(log);
}

/* Whether the END payload is there. */
static bool run_is_over(const struct memory_log *log)
{
    uint64_t length;

    return memory_image_read(log->image, log->header.end, &length, sizeof(length)) && length;
}

/* Records and text. What came before the END payload is there when the payload is. */
static void put_records(struct memory_log *log)
{
    bool over = !log->live || run_is_over(log);

    put_line(log);
    if (!log->held)
        put_frame(log);
    if (log->held || !over)
        return;
    if (!log->ended) {
        log->ended = true;
        put_records(log);
        return;
    }
    if (log->text.waits) { /* its vCPU never came so far */
        log->text.line.before = 0;
        return;
    }
    log->phase = LAST_LOST;
}

static void put_last_lost(struct memory_log *log)
{
    struct memory_ring *ring = &log->ring[log->vcpu];
    struct trace_element lost;

    begin_frame(log, ring);
    if (memory_ring_last_lost(ring, &lost))
        wire_add(&log->encoder, &lost);
    finish_frame(log);
}

static void put_statistics(struct memory_log *log)
{
    struct statistics *rows = &log->scratch.statistics.rows;
    uint8_t *payload = log->scratch.statistics.payload;
    size_t n;

    if (!memory_ring_statistics(&log->ring[log->vcpu], rows))
        return;
    n = statistics_encode(payload, STATISTICS_PAYLOAD_MAX, (uint16_t)log->vcpu, rows);
    if (n)
        put_blob(log, WIRE_STATISTICS, payload, n);
}

/*
 * The END payload's status, reason and counts of what was generated. What is lost of it depends on
 * what has been overwritten when.
 */
static void put_end(struct memory_log *log)
{
    struct trace_memory_end *raw = &log->scratch.end.raw;
    struct trace_end *end = &log->scratch.end.end;

    if (!memory_image_read(log->image, log->header.end, raw, sizeof(*raw)) || !raw->length)
        return;
    if (raw->length > sizeof(raw->payload))
        raw->length = 0;
    if (end_decode(raw->payload, raw->length, end)) {
        for (uint32_t i = 0; i < log->header.vcpus && i < end->vcpus; i++)
            if (end->vcpu[i].generated >= log->ring[i].lost)
                end->vcpu[i].lost = log->ring[i].lost;
        raw->length = end_encode(raw->payload, sizeof(raw->payload), end);
    }
    put_blob(log, WIRE_END, raw->payload, raw->length);
}

/* One vCPU after the other; then comes the next phase. */
static void put_of_each(struct memory_log *log, void (*put)(struct memory_log *log))
{
    if (log->vcpu < log->header.vcpus) {
        put(log);
        log->vcpu++;
    } else {
        log->vcpu = 0;
        log->phase++;
    }
}

/* Makes the next piece. False where there is none, now or at all. */
static bool make(struct memory_log *log)
{
    log->at = log->held = 0;
    while (!log->held && log->phase != OVER) {
        enum phase before = log->phase;

        switch (log->phase) {
        case BEGINNING:
            put_start(log);
            log->phase = RECORDS;
            break;
        case RECORDS:
            put_records(log);
            if (log->phase == before && !log->held && !log->ended)
                return false;
            break;
        case LAST_LOST:
            put_of_each(log, put_last_lost);
            break;
        case STATISTICS:
            put_of_each(log, put_statistics);
            break;
        case ENDING:
            put_end(log);
            log->phase = OVER;
            break;
        case OVER:
            break;
        }
    }
    return log->held;
}

size_t memory_log_read(struct memory_log *log, void *bytes, size_t n)
{
    if (log->at == log->held && !make(log))
        return 0;
    if (n > log->held - log->at)
        n = log->held - log->at;
    memcpy(bytes, log->out + log->at, n);
    log->at += n;
    return n;
}

bool memory_log_over(const struct memory_log *log)
{
    return log->phase == OVER && log->at == log->held;
}

void memory_log_free(struct memory_log *log)
{
    free(log);
}
