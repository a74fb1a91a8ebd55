/* sources: trace */
/* longest: 400 */
/* SPDX-License-Identifier: MIT */
/*
 * Frames: bytes as they are, and as the payload of a frame whose checksums are good. Elements that
 * are read are written again, and must come back.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/element.h"
#include "trace/wire.h"
#include "trace/wire_decoder.h"
#include "trace/wire_encoder.h"

enum { ELEMENTS = 200 }; /* a run item may stand for four thousand million */

static struct trace_element first[ELEMENTS];
static uint8_t frame[WIRE_FRAME_MAX];

/* Reads a frame's elements. Returns how many there were room for. */
static unsigned read_elements(const struct wire_frame *found, struct trace_element *to,
                              unsigned room)
{
    static struct wire_decoder reader;
    enum wire_read result = WIRE_DONE;
    unsigned n = 0;

    wire_read_begin(&reader, found);
    while (n < room && (result = wire_read(&reader, &to[n])) == WIRE_ELEMENT)
        n++;
    if (n < room)
        FUZZ_REQUIRE(result != WIRE_BROKEN || wire_read(&reader, &to[n]) == WIRE_DONE);
    return n;
}

/* Writes the elements into frames of this capacity, and compares what these hold. */
static void write_again(unsigned n, size_t capacity, uint16_t vcpu)
{
    static struct wire_encoder encoder;
    static struct trace_element again[ELEMENTS];
    struct wire_frame found;

    for (unsigned done = 0; done < n;) {
        unsigned added = 0;

        wire_begin(&encoder, frame, capacity, done, vcpu, done);
        while (done + added < n && wire_add(&encoder, &first[done + added]))
            added++;

        size_t length = wire_finish(&encoder);

        FUZZ_REQUIRE(added && length && length <= capacity);
        FUZZ_REQUIRE(wire_parse(frame, length, &found) == WIRE_FOUND && found.length == length);
        FUZZ_REQUIRE(read_elements(&found, again, added) == added);
        for (unsigned i = 0; i < added; i++) {
            struct trace_element want = element_normal(&first[done + i], vcpu);

            FUZZ_REQUIRE(element_equal(&again[i], &want));
        }
        done += added;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_frame found;
    size_t at = wire_search(data, size);

    if (at < size && wire_parse(data + at, size - at, &found) == WIRE_FOUND) {
        FUZZ_REQUIRE(found.length <= size - at);
        if (found.kind == WIRE_TRACE)
            read_elements(&found, first, ELEMENTS);
    }
    if (size > sizeof(frame) - WIRE_OVERHEAD)
        return 0;

    size_t length = wire_blob(frame, sizeof(frame), WIRE_TRACE, 7, data, size);

    if (length && wire_parse(frame, length, &found) == WIRE_FOUND)
        write_again(read_elements(&found, first, ELEMENTS), WIRE_FRAME_MIN + size % 1024,
                    found.vcpu);
    return 0;
}
