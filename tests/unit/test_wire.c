/* sources: trace */
/* SPDX-License-Identifier: MIT */
/* Frames: what goes in comes out, in few bytes; damage is always noticed and never followed. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/element.h"
#include "tests/unit/random.h"
#include "tests/unit/synthetic.h"
#include "tests/unit/tap.h"
#include "trace/crc32c.h"
#include "trace/wire.h"
#include "trace/wire_decoder.h"
#include "trace/wire_encoder.h"
#include "trace/wire_number.h"

static struct wire_encoder encoder;
static struct wire_decoder reader;
static uint8_t frame[WIRE_FRAME_MAX];
static uint64_t seed = 1;

/*
 * Sends n elements through frames of this capacity and compares. Returns the bytes they took, 0
 * where something came out differently.
 */
static size_t round_trip(const struct trace_element *elements, size_t n, size_t capacity)
{
    size_t total = 0, done = 0;
    uint32_t sequence = 0;

    while (done < n) {
        size_t added = 0;
        struct wire_frame found;
        struct trace_element got;

        wire_begin(&encoder, frame, capacity, sequence, 3, done * 2);
        while (done + added < n && wire_add(&encoder, &elements[done + added]))
            added++;

        size_t length = wire_finish(&encoder);

        if (!added || length > capacity || wire_parse(frame, length, &found) != WIRE_FOUND ||
            found.kind != WIRE_TRACE || found.length != length || found.sequence != sequence ||
            found.vcpu != 3 || found.first_record != done * 2 ||
            found.base_tsc != elements[done].exit_tsc)
            return 0;
        wire_read_begin(&reader, &found);
        for (size_t i = 0; i < added; i++) {
            struct trace_element want = element_normal(&elements[done + i], 3);

            if (wire_read(&reader, &got) != WIRE_ELEMENT || !element_equal(&got, &want))
                return 0;
        }
        if (wire_read(&reader, &got) != WIRE_DONE || wire_read(&reader, &got) != WIRE_DONE)
            return 0;
        total += length;
        done += added;
        sequence++;
    }
    return total;
}

/* An element with random contents, from a few reasons and places so that keys come again. */
static struct trace_element random_element(unsigned reasons, unsigned places, bool tame)
{
    struct trace_element e = {
        .exit_tsc = random_wild(&seed),
        .reason = (uint32_t)random_below(&seed, reasons),
        .written = (uint8_t)random_below(&seed, 32),
        .kind = (uint8_t)(random_below(&seed, 4) ? 0 : random_below(&seed, TRACE_KINDS)),
        .vcpu = 3,
        .rip = random_below(&seed, places) * 0x1234567,
        .qualification = random_below(&seed, 3) ? 5 : random_wild(&seed),
        .entry_tsc = random_wild(&seed),
    };

    if (!random_below(&seed, 50))
        e.reason = (uint32_t)random_wild(&seed);
    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        e.slot[i] = random_below(&seed, 3) ? i : random_wild(&seed);
    if (tame)
        e.written = 1;
    return e;
}

static void test_crc(void)
{
    uint32_t check = crc32c(0, "123456789", 9);

    is(check, 0xe3069283, "CRC-32C of the usual check string");
    is(crc32c(crc32c(0, "1234", 4), "56789", 5), check, "CRC-32C in two pieces");
    is(crc32c(0, "", 0), 0, "CRC-32C of nothing");
}

static void test_numbers(void)
{
    bool same = true, cut = true;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t value = i < 1000 ? i : random_wild(&seed), got = ~value;
        uint8_t bytes[WIRE_NUMBER_MAX];
        uint8_t *end = wire_put_number(bytes, value);

        same &= wire_get_number(bytes, end, &got) == end && got == value;
        cut &= wire_get_number(bytes, end - 1, &got) == NULL;
    }
    ok(same, "numbers come back");
    ok(cut, "a number that is cut off is not read");

    uint64_t got;
    uint8_t eleven[11] = { [0 ... 9] = 0x80, 1 }, over[10] = { [0 ... 8] = 0xff, 2 };

    ok(!wire_get_number(eleven, eleven + 11, &got), "no number has eleven bytes");
    ok(!wire_get_number(over, over + 10, &got), "no number has more than 64 bits");
}

static void test_random(void)
{
    static struct trace_element elements[5000];
    static const struct {
        unsigned reasons, places;
        bool tame;
        size_t capacity;
        const char *name;
    } row[] = {
        { 1, 1, true, 4096, "one key" },
        { 76, 1, false, 4096, "all reasons" },
        { 4, 20, false, WIRE_FRAME_MIN, "the smallest frames" },
        { 80, 1000, false, 65536, "more keys than places" },
        { 3, 42, true, 1 << 20, "about as many keys as places" },
    };

    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        for (size_t k = 0; k < 5000; k++) {
            elements[k] = random_element(row[i].reasons, row[i].places, row[i].tame);
            if (k && !random_below(&seed, 4))
                elements[k] = elements[k - 1];
        }
        ok(round_trip(elements, 5000, row[i].capacity) > 0, "random elements come back: %s",
           row[i].name);
    }
}

static void test_adversarial(void)
{
    static struct trace_element elements[2000];

    for (unsigned i = 0; i < 2000; i++) {
        uint64_t all = i & 1 ? UINT64_MAX : 0;

        elements[i] = (struct trace_element){ .exit_tsc = all,
                                              .reason = (uint32_t)all,
                                              .written = 0x1f,
                                              .kind = i & 1,
                                              .vcpu = 3,
                                              .rip = i * UINT64_C(0x8000000000000000) + i,
                                              .qualification = ~all,
                                              .entry_tsc = ~all,
                                              .slot = { 0, all, ~all, all << 63, all } };
    }
    ok(round_trip(elements, 2000, 4096) > 0, "every field at its extremes, never the same key");
    for (unsigned i = 0; i < 2000; i++) {
        elements[i] = (struct trace_element){ .kind = TRACE_MARKER,
                                              .written = 0xff,
                                              .reason = 7,
                                              .rip = 1,
                                              .slot = { i, i * i, ~0u, 0, 9 } };
        if (i % 3 == 0)
            elements[i] = (struct trace_element){
                .kind = TRACE_LOST, .written = 1, .exit_tsc = i, .slot = { i }
            };
    }
    ok(round_trip(elements, 2000, 4096) > 0, "markers and losses only");
}

static void test_frame_limits(void)
{
    struct trace_element e = { .written = 1 };

    wire_begin(&encoder, frame, WIRE_FRAME_MIN - 1, 0, 0, 0);
    ok(!wire_add(&encoder, &e), "a frame below the smallest takes nothing");
    is(wire_finish(&encoder), 0, "and stays empty");
    wire_begin(&encoder, frame, WIRE_FRAME_MIN, 0, UINT16_MAX, UINT64_MAX);
    is(wire_finish(&encoder), 0, "a frame without elements is no frame");
    wire_begin(&encoder, frame, WIRE_FRAME_MIN, UINT32_MAX, UINT16_MAX, UINT64_MAX);
    ok(wire_add(&encoder, &e), "the smallest frame takes an element, whatever its head");

    struct wire_frame found;
    size_t length = wire_finish(&encoder);

    ok(wire_parse(frame, length, &found) == WIRE_FOUND && found.sequence == UINT32_MAX &&
           found.vcpu == UINT16_MAX && found.first_record == UINT64_MAX,
       "extremes of the head come back");
    ok(!wire_add(&encoder, &e), "a finished frame takes no more");
}

static void test_repeats(void)
{
    struct trace_element e = { .written = 1, .reason = 40, .rip = 0x1000 }, got;
    struct wire_frame found;
    unsigned count = 1000000, same = 0;

    wire_begin(&encoder, frame, 4096, 0, 0, 0);
    for (unsigned i = 0; i < count; i++) {
        e.exit_tsc = 100 + i * 70;
        e.entry_tsc = e.exit_tsc + 60;
        if (!wire_add(&encoder, &e))
            break;
    }

    size_t length = wire_finish(&encoder);

    ok(length < 64, "a million equal exits take %zu bytes", length);
    ok(wire_parse(frame, length, &found) == WIRE_FOUND, "and make a frame");
    wire_read_begin(&reader, &found);
    while (wire_read(&reader, &got) == WIRE_ELEMENT)
        same += got.exit_tsc == 100 + (uint64_t)same * 70 && got.entry_tsc == got.exit_tsc + 60;
    is(same, count, "and all come back");
}

/* Fills `frame` with a frame of random and of equal elements; returns its length. */
static size_t sample_frame(void)
{
    struct synthetic s = { .random = 5, .tsc = 1000000, .jitter = 50 };
    struct trace_element e;

    wire_begin(&encoder, frame, 900, 7, 1, 55);
    do
        synthetic_next(&s, &e);
    while (wire_add(&encoder, &e));
    return wire_finish(&encoder);
}

static void test_damage(void)
{
    static uint8_t copy[WIRE_FRAME_MAX];
    struct wire_frame found;
    size_t length = sample_frame(), truncated = 0, flipped = 0, bursts = 0;

    memcpy(copy, frame, length);
    for (size_t n = 0; n < length; n++) {
        uint8_t *exact = malloc(n ? n : 1);

        memcpy(exact, frame, n);
        truncated += wire_parse(exact, n, &found) == WIRE_MORE && found.length > n;
        free(exact);
    }
    is(truncated, length, "a frame cut anywhere asks for more");
    for (size_t bit = 0; bit < 8 * length; bit++) {
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        flipped += wire_parse(copy, length, &found) == WIRE_FOUND;
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    is(flipped, 0, "no flipped bit goes unnoticed (%zu tried)", 8 * length);
    for (unsigned i = 0; i < 100000; i++) {
        size_t at = random_below(&seed, length), n = 1 + random_below(&seed, 4);

        memcpy(copy, frame, length);
        for (size_t k = at; k < at + n && k < length; k++)
            copy[k] = (uint8_t)random_next(&seed);
        bursts += memcmp(copy, frame, length) && wire_parse(copy, length, &found) == WIRE_FOUND;
    }
    is(bursts, 0, "nor does a burst of up to 32 bits");
}

static void test_kinds(void)
{
    static const char text[] = "version=1\nvcpus=1\n";
    uint8_t buf[64], in_place[64];
    struct wire_frame found;
    size_t n = sizeof(text) - 1, length = wire_blob(buf, sizeof(buf), WIRE_START, 9, text, n);

    is(length, n + WIRE_OVERHEAD, "a blob's length");
    ok(wire_parse(buf, length, &found) == WIRE_FOUND && found.kind == WIRE_START &&
           found.sequence == 9 && found.payload_length == n && !memcmp(found.payload, text, n),
       "a blob comes back");
    memcpy(in_place + WIRE_HEADER + 4, text, n);
    n = wire_blob(in_place, sizeof(in_place), WIRE_START, 9, in_place + WIRE_HEADER + 4, n);
    ok(n == length && !memcmp(buf, in_place, length), "a payload may be built in its place");
    n = sizeof(text) - 1;
    is(wire_blob(buf, length - 1, WIRE_START, 9, text, n), 0, "a blob does not overrun its buffer");
    length = wire_blob(buf, sizeof(buf), (enum wire_kind)9, 9, text, n);
    is(wire_parse(buf, length, &found), WIRE_NEWER, "an unknown kind is told apart");
    length = wire_blob(buf, sizeof(buf), WIRE_TRACE, 9, text, 3);
    is(wire_parse(buf, length, &found), WIRE_DAMAGED, "a trace frame without a head is not one");
    is(wire_parse((const uint8_t *)"text", 4, &found), WIRE_NOTHING, "text is no frame");
    is(wire_parse((const uint8_t *)"\xfe", 1, &found), WIRE_MORE, "a first byte may become one");
    is(wire_search((const uint8_t *)"ab\xfe\xfe\xc1", 5), 3, "the search finds the two bytes");
    is(wire_search((const uint8_t *)"ab\xfe", 3), 2, "and a first byte at the end");
    is(wire_search((const uint8_t *)"abc", 3), 3, "and nothing in text");
}

/* Payloads that no encoder wrote, under a good checksum: read to an end, whatever they say. */
static void test_hostile(void)
{
    static uint8_t forged[2048];
    struct trace_element got;
    unsigned ended = 0, rounds = 20000;
    size_t length = sample_frame();
    struct wire_frame found;

    for (unsigned i = 0; i < rounds; i++) {
        size_t n = length - WIRE_OVERHEAD;
        uint8_t *payload = forged + WIRE_HEADER + 4;
        unsigned read = 0;
        enum wire_read result = WIRE_ELEMENT;

        memcpy(payload, frame + WIRE_HEADER + 4, n);
        for (size_t k = 0; k < 1 + random_below(&seed, 40); k++)
            payload[random_below(&seed, n)] = (uint8_t)random_next(&seed);
        n = random_below(&seed, n + 1);
        if (wire_parse(forged, wire_blob(forged, sizeof(forged), WIRE_TRACE, i, payload, n),
                       &found) != WIRE_FOUND) {
            ended++;
            continue;
        }
        wire_read_begin(&reader, &found);
        while (read++ < 100000 && result == WIRE_ELEMENT)
            result = wire_read(&reader, &got);
        ended += result != WIRE_ELEMENT || reader.repeats > 0;
    }
    is(ended, rounds, "forged payloads are read to an end");
}

/* Bytes for an exit and its entry, heads and checksums of frames included. */
static void test_size(unsigned jitter, size_t capacity, double limit)
{
    enum { COUNT = 200000 };
    static struct trace_element elements[COUNT];
    struct synthetic s = { .random = 77, .tsc = 123456789, .jitter = jitter };

    for (unsigned i = 0; i < COUNT; i++)
        synthetic_next(&s, &elements[i]);

    double bytes = (double)round_trip(elements, COUNT, capacity) / COUNT;

    ok(bytes > 0 && bytes <= limit,
       "a Linux-like trace, jitter %u, frames of %zu: %.2f bytes per exit and entry (limit %.1f)",
       jitter, capacity, bytes, limit);
}

int main(void)
{
    test_crc();
    test_numbers();
    test_random();
    test_adversarial();
    test_frame_limits();
    test_repeats();
    test_damage();
    test_kinds();
    test_hostile();
    test_size(0, 1024, 5);
    test_size(0, 4096, 5);
    test_size(0, 16384, 5);
    test_size(60, 4096, 5);
    test_size(400, 4096, 8);
    return tap_done();
}
