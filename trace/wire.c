/* SPDX-License-Identifier: MIT */
/* Frames: what stands around the elements, and finding it in a log. */
#include "trace/wire.h"

#include <stdbool.h>

#include "trace/crc32c.h"
#include "trace/wire_number.h"

size_t wire_close(uint8_t *frame, enum wire_kind kind, size_t body)
{
    size_t n = WIRE_HEADER + body;

    frame[0] = WIRE_SYNC_0;
    frame[1] = WIRE_SYNC_1;
    frame[2] = (uint8_t)(WIRE_VERSION << 4 | (unsigned)kind);
    wire_put_fixed(frame + 3, body, 2);
    frame[5] = (uint8_t)crc32c(0, frame, 5);
    wire_put_fixed(frame + n, crc32c(0, frame, n), WIRE_TRAILER);
    return n + WIRE_TRAILER;
}

size_t wire_blob(uint8_t *frame, size_t capacity, enum wire_kind kind, uint32_t sequence,
                 const void *payload, size_t n)
{
    uint8_t *to = frame + WIRE_HEADER + WIRE_SEQUENCE;
    const uint8_t *from = payload;

    if (n > WIRE_BODY_MAX - WIRE_SEQUENCE || capacity < n + WIRE_OVERHEAD)
        return 0;
    if (to != from)
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    wire_put_fixed(frame + WIRE_HEADER, sequence, WIRE_SEQUENCE);
    return wire_close(frame, kind, n + WIRE_SEQUENCE);
}

size_t wire_search(const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (buf[i] == WIRE_SYNC_0 && (i + 1 == n || buf[i + 1] == WIRE_SYNC_1))
            return i;
    return n;
}

/* Reads what stands before the elements. False: too short, or a number out of range. */
static bool parse_trace(struct wire_frame *frame)
{
    const uint8_t *p = frame->payload, *end = p + frame->payload_length;
    uint64_t vcpu;

    p = wire_get_number(p, end, &vcpu);
    if (!p || vcpu > UINT16_MAX)
        return false;
    p = wire_get_number(p, end, &frame->first_record);
    if (!p || end - p < WIRE_BASE)
        return false;
    frame->vcpu = (uint16_t)vcpu;
    frame->base_tsc = wire_get_fixed(p, WIRE_BASE);
    frame->payload = p + WIRE_BASE;
    frame->payload_length = (size_t)(end - frame->payload);
    return true;
}

enum wire_result wire_parse(const uint8_t *buf, size_t n, struct wire_frame *frame)
{
    frame->length = WIRE_HEADER;
    if ((n > 0 && buf[0] != WIRE_SYNC_0) || (n > 1 && buf[1] != WIRE_SYNC_1))
        return WIRE_NOTHING;
    if (n < WIRE_HEADER)
        return WIRE_MORE;
    if (buf[5] != (uint8_t)crc32c(0, buf, 5))
        return WIRE_DAMAGED;

    size_t body = (size_t)wire_get_fixed(buf + 3, 2);
    size_t covered = WIRE_HEADER + body;

    frame->length = covered + WIRE_TRAILER;
    if (body < WIRE_SEQUENCE)
        return WIRE_DAMAGED;
    if (n < frame->length)
        return WIRE_MORE;
    if (wire_get_fixed(buf + covered, WIRE_TRAILER) != crc32c(0, buf, covered))
        return WIRE_DAMAGED;
    frame->kind = buf[2] & 0xf;
    frame->sequence = (uint32_t)wire_get_fixed(buf + WIRE_HEADER, WIRE_SEQUENCE);
    frame->payload = buf + WIRE_HEADER + WIRE_SEQUENCE;
    frame->payload_length = body - WIRE_SEQUENCE;
    if (buf[2] >> 4 != WIRE_VERSION || frame->kind == 0 || frame->kind >= WIRE_KINDS)
        return WIRE_NEWER;
    return frame->kind != WIRE_TRACE || parse_trace(frame) ? WIRE_FOUND : WIRE_DAMAGED;
}
