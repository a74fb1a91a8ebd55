/* sources: trace */
/* SPDX-License-Identifier: MIT */
/* Whatever was encoded is what is decoded: frames, record lines, payloads. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/element.h"
#include "tests/unit/property.h"
#include "tests/unit/wild_trace.h"
#include "trace/end.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_decoder.h"
#include "trace/wire_encoder.h"

enum { VCPUS = 4, ELEMENTS = 4000 };

/* One vCPU's side of a trace that goes through frames. */
struct sender {
    struct wild_trace wild;
    uint16_t number;
    uint64_t records; /* the frames' count; it begins anywhere and may wrap */
    struct trace_element next;
};

static struct wire_encoder encoder;
static struct wire_decoder reader;
static struct trace_element sent[ELEMENTS];

/* Fills a frame until it is full or a limit is reached. Returns how many elements are in it. */
static unsigned fill_frame(struct sender *sender, unsigned limit)
{
    unsigned n = 0;

    while (n < limit && wire_add(&encoder, &sender->next)) {
        sent[n++] = element_normal(&sender->next, sender->number);
        wild_next(&sender->wild, &sender->next);
    }
    return n;
}

/* Whether the frame of this length holds `n` elements as in sent[], and is what its head says. */
static bool comes_back(const uint8_t *frame, size_t length, uint32_t sequence,
                       const struct sender *sender, unsigned n)
{
    struct wire_frame found;
    struct trace_element got;

    if (wire_parse(frame, length, &found) != WIRE_FOUND || found.length != length ||
        found.kind != WIRE_TRACE || found.sequence != sequence || found.vcpu != sender->number ||
        found.first_record != sender->records || found.base_tsc != sent[0].exit_tsc)
        return false;
    wire_read_begin(&reader, &found);
    for (unsigned i = 0; i < n; i++)
        if (wire_read(&reader, &got) != WIRE_ELEMENT || !element_equal(&got, &sent[i]))
            return false;
    return wire_read(&reader, &got) == WIRE_DONE;
}

/* Sizes that frames have room for: the smallest, the largest, and any between. */
static size_t any_capacity(uint64_t *random)
{
    static const size_t capacity[] = { WIRE_FRAME_MIN, WIRE_FRAME_MIN + 1, 512, 1024,
                                       4096,           WIRE_FRAME_MAX };
    size_t known = sizeof(capacity) / sizeof(capacity[0]), i = random_below(random, known + 1);

    return i < known ? capacity[i] : WIRE_FRAME_MIN + random_below(random, 8192);
}

static void begin_sender(struct sender *sender, uint64_t *random)
{
    wild_begin(&sender->wild, random_next(random), false);
    sender->number = (uint16_t)random_wild(random);
    sender->records = random_wild(random);
    wild_next(&sender->wild, &sender->next);
}

static bool frames_hold(uint64_t seed)
{
    static struct sender sender[VCPUS];
    uint64_t random = seed;
    unsigned vcpus = 1 + (unsigned)random_below(&random, VCPUS);
    uint32_t sequence = (uint32_t)random_wild(&random);
    size_t capacity = any_capacity(&random);
    uint8_t *frame = malloc(capacity); /* of its exact size: the sanitizer sees what goes beyond */
    bool same = true;

    for (unsigned i = 0; i < vcpus; i++)
        begin_sender(&sender[i], &random);
    for (unsigned total = 0; same && total < ELEMENTS; sequence++) {
        struct sender *from = &sender[random_below(&random, vcpus)];
        unsigned limit =
            random_below(&random, 4) ? ELEMENTS : 1 + (unsigned)random_below(&random, 40);

        wire_begin(&encoder, frame, capacity, sequence, from->number, from->records);

        unsigned n = fill_frame(from, limit);
        size_t length = wire_finish(&encoder);

        same = n && length && length <= capacity && comes_back(frame, length, sequence, from, n);
        for (unsigned i = 0; i < n; i++)
            from->records += trace_records(sent[i].kind);
        total += n;
    }
    free(frame);
    return same;
}

/* Reads the wrapped lines of one element; lines are numbered from *number. */
static bool read_lines(const char *text, uint8_t *number, struct trace_element *element)
{
    enum text_kind kind = TEXT_HALF;

    *element = (struct trace_element){ 0 };
    while (*text) {
        char wrapped[TEXT_ELEMENT_MAX + TEXT_WIRE_OVERHEAD];
        size_t n = strcspn(text, "\n"), length, rest_length;
        uint8_t expected = *number, got;
        const char *inner, *rest;
        size_t whole = text_wire_line(wrapped, sizeof(wrapped), number, text, n);

        if (!whole || text_unwrap(wrapped, whole, &got, &inner, &length) != TEXT_GOOD ||
            got != expected || length != n || memcmp(inner, text, n) != 0 || kind != TEXT_HALF)
            return false;
        kind = text_parse(inner, length, element, &rest, &rest_length);
        text += n + 1;
    }
    return kind == TEXT_ELEMENT;
}

static bool lines_hold(uint64_t seed)
{
    static struct wild_trace wild;
    uint16_t vcpu = (uint16_t)seed;
    uint8_t number = (uint8_t)(seed >> 4);

    wild_begin(&wild, seed, true);
    for (unsigned i = 0; i < 300; i++) {
        char text[TEXT_ELEMENT_MAX];
        struct trace_element element, want, got;

        wild_next(&wild, &element);
        want = element_normal(&element, vcpu);
        if (!text_element(text, sizeof(text), &want, 0) || !read_lines(text, &number, &got) ||
            !element_equal(&got, &want)) {
            printf("# %s", text);
            return false;
        }
    }
    return true;
}

static bool statistics_hold(uint64_t seed)
{
    static struct statistics sum, got;
    static uint8_t payload[STATISTICS_PAYLOAD_MAX];
    static char text[TEXT_STATISTICS_MAX];
    uint64_t random = seed;
    uint16_t vcpu = (uint16_t)random_wild(&random), number;

    statistics_clear(&sum);
    for (uint64_t n = random_below(&random, 500); n; n--)
        statistics_add(&sum, (uint32_t)random_below(&random, EXIT_REASONS + 3),
                       random_wild(&random));

    size_t n = statistics_encode(payload, sizeof(payload), vcpu, &sum);

    if (!n || !statistics_decode(payload, n, &number, &got) || number != vcpu ||
        memcmp(&sum, &got, sizeof(sum)) != 0)
        return false;

    size_t length = text_statistics(text, sizeof(text), vcpu, &sum);

    statistics_clear(&got);
    for (const char *line = text; line < text + length; line = strchr(line, '\n') + 1)
        if (!text_parse_statistics(line, strcspn(line, "\n"), &number, &got) || number != vcpu)
            return false;
    return memcmp(&sum, &got, sizeof(sum)) == 0;
}

/* A value as a line carries it: any characters but line breaks and NUL. */
static void any_line(uint64_t *random, char *to, size_t n)
{
    size_t length = random_below(random, n);

    memset(to, 0, n);
    for (size_t i = 0; i < length; i++) {
        char c = (char)random_next(random);

        to[i] = c == '\0' || c == '\n' || c == '\r' ? ' ' : c;
    }
}

static bool payloads_hold(uint64_t seed)
{
    static struct trace_start start, start_got;
    static struct trace_end end, end_got;
    static char payload[START_PAYLOAD_MAX];
    uint64_t random = seed;

    start.tsc_hz = random_wild(&random);
    start.vcpus = (uint32_t)random_wild(&random);
    any_line(&random, start.version, sizeof(start.version));
    any_line(&random, start.options, sizeof(start.options));

    size_t n = start_encode(payload, sizeof(payload), &start);

    if (!n || !start_decode(payload, n, &start_got) || memcmp(&start, &start_got, sizeof(start)))
        return false;
    memset(&end, 0, sizeof(end));
    end.status = (uint32_t)random_wild(&random);
    end.vcpus = (uint32_t)random_below(&random, END_VCPUS + 1);
    any_line(&random, end.reason, sizeof(end.reason));
    for (uint32_t i = 0; i < end.vcpus; i++) {
        end.vcpu[i].generated = random_wild(&random);
        end.vcpu[i].lost = random_wild(&random) & end.vcpu[i].generated;
    }
    n = end_encode(payload, END_PAYLOAD_MAX, &end);
    return n && end_decode(payload, n, &end_got) && !memcmp(&end, &end_got, sizeof(end));
}

int main(void)
{
    property("elements come back from frames", 600, frames_hold);
    property("elements come back from record lines", 200, lines_hold);
    property("statistics come back from payloads and lines", 300, statistics_hold);
    property("START and END come back", 1000, payloads_hold);
    return tap_done();
}
