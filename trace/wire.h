/* SPDX-License-Identifier: MIT */
/*
 * Frames: how records travel over the wire. This is what stands around the contents of a frame;
 * trace/wire_encoder.h and trace/wire_decoder.h are for the elements in one. Pure code for the VMM
 * and the host: no allocation, no floating point, no state outside the caller's structures.
 *
 * docs/trace-format.md describes every byte.
 */
#ifndef TRACE_WIRE_H
#define TRACE_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum wire_kind {
    WIRE_TRACE = 1,  /* records of one vCPU */
    WIRE_START,      /* text: trace/start.h */
    WIRE_STATISTICS, /* trace/statistics.h */
    WIRE_END,        /* text: trace/end.h */
    WIRE_KINDS,
};

enum {
    WIRE_SYNC_0 = 0xfe, /* the first bytes of a frame; neither occurs in ASCII or UTF-8 text */
    WIRE_SYNC_1 = 0xc1,
    WIRE_VERSION = 1,  /* of this format: the high half of the kind byte */
    WIRE_HEADER = 6,   /* bytes before the body: sync, kind, length, check */
    WIRE_SEQUENCE = 4, /* bytes that a body begins with; the payload is the rest of it */
    WIRE_BASE = 8,     /* bytes of the base TSC, the end of what stands before a frame's elements */
    WIRE_TRAILER = 4,  /* bytes of the CRC at a frame's end */
    WIRE_OVERHEAD = WIRE_HEADER + WIRE_SEQUENCE + WIRE_TRAILER,
    WIRE_BODY_MAX = 0xffff,
    WIRE_FRAME_MAX =
        WIRE_HEADER + WIRE_BODY_MAX + WIRE_TRAILER, /* a reader's buffer must hold this */
};

/*
 * Fills in header and checksum around a body of so many bytes, sequence number and payload, which
 * stands at frame + WIRE_HEADER already. Returns the length of the frame.
 */
size_t wire_close(uint8_t *frame, enum wire_kind kind, size_t body);

/*
 * Writes a START, STATISTICS or END frame around a payload of n bytes. Returns the frame's length,
 * n + WIRE_OVERHEAD; 0 if that is more than capacity or the payload is too long for a frame.
 * The payload may lie inside the frame buffer if it begins at frame + WIRE_HEADER + WIRE_SEQUENCE.
 */
size_t wire_blob(uint8_t *frame, size_t capacity, enum wire_kind kind, uint32_t sequence,
                 const void *payload, size_t n);

/* A frame found by wire_parse(); pointers go into the buffer that was given. */
struct wire_frame {
    size_t length; /* of the whole frame, in bytes */
    enum wire_kind kind;
    uint32_t sequence;
    const uint8_t *payload;
    size_t payload_length;
    uint16_t vcpu; /* TRACE only, as are the next two */
    uint64_t first_record;
    uint64_t base_tsc; /* the first stamp */
};

enum wire_result {
    WIRE_FOUND,   /* a whole frame with a good checksum */
    WIRE_MORE,    /* may be the beginning of a frame: frame->length bytes are needed to tell; at the
                     end of the log this means a truncated frame: go on as after WIRE_DAMAGED */
    WIRE_DAMAGED, /* a frame's header, but the checksum is wrong or the contents make no sense:
                     count it and search on from the next byte, so that good frames are found */
    WIRE_NOTHING, /* no frame begins here: text */
    WIRE_NEWER,   /* a good frame of a format version or kind that this decoder does not know */
};

/*
 * Tells what the n bytes at buf begin with. WIRE_FOUND and WIRE_NEWER fill `frame` (NEWER: length
 * and sequence only) and WIRE_MORE sets frame->length.
 */
enum wire_result wire_parse(const uint8_t *buf, size_t n, struct wire_frame *frame);

/* The offset of the first place in buf where a frame may begin; n if there is none. */
size_t wire_search(const uint8_t *buf, size_t n);

#endif
