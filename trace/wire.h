/* SPDX-License-Identifier: MIT */
/*
 * Frames: how records travel over the wire. Encoder and decoder, pure code for the VMM and the
 * host; no allocation, no floating point, no state outside the caller's structures.
 *
 * docs/trace-format.md describes every byte.
 */
#ifndef TRACE_WIRE_H
#define TRACE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"

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
    WIRE_VERSION = 1,          /* of this format: the high half of the kind byte */
    WIRE_HEADER = 6,           /* bytes before the body: sync, kind, length, check */
    WIRE_OVERHEAD = 6 + 4 + 4, /* header, sequence number, CRC: a frame less its payload */
    WIRE_BODY_MAX = 0xffff,
    WIRE_FRAME_MAX = WIRE_HEADER + WIRE_BODY_MAX + 4, /* a reader's buffer must hold this */
    WIRE_FRAME_MIN = 256, /* smallest capacity in which a TRACE frame can hold an element */
    WIRE_KEYS = 128,      /* combinations of reason, RIP and slots that a frame remembers */
};

/*
 * A combination of kind, reason, RIP and written slots, and what encoder and decoder both know
 * about it: the values seen last, which are the prediction for the next time.
 */
struct wire_key {
    uint64_t rip;
    uint32_t reason;
    uint8_t kind;      /* enum trace_kind */
    uint8_t written;   /* as in struct trace_element */
    uint8_t relation;  /* two bits for each of slots 1-4: what the slot is relative to */
    uint8_t next;      /* the key that came after this one the last time */
    uint64_t next_gap; /* ticks from this key's last stamp to the exit after it, the last time */
    uint64_t gap;      /* ticks from the stamp before to this key's exit */
    uint64_t handling; /* ticks from exit to entry */
    uint64_t value[TRACE_SLOTS]; /* qualification (marker, lost: slot 0), then slots 1-4 */
};

struct wire_model {
    struct wire_key key[WIRE_KEYS];
    uint32_t keys;     /* keys defined so far in this frame; key n lives in place n % WIRE_KEYS */
    uint32_t previous; /* the place of the element before */
    uint64_t tsc;      /* the last stamp of the element before */
    uint64_t rip;      /* its RIP */
};

struct wire_encoder {
    struct wire_model model;
    uint8_t place[4 * WIRE_KEYS]; /* hash of a key -> its place, checked before use */
    uint8_t *frame;
    size_t capacity;
    size_t used;
    uint32_t repeats; /* elements as predicted that are not written yet */
    bool empty;
};

/*
 * Starts a TRACE frame at `frame`, which has room for `capacity` bytes (at least WIRE_FRAME_MIN;
 * more than WIRE_FRAME_MAX is not used). sequence: counts all frames of a port, from 0, wrapping.
 * first_record: how many records (trace_records()) of this vCPU earlier frames carried.
 */
void wire_begin(struct wire_encoder *encoder, uint8_t *frame, size_t capacity, uint32_t sequence,
                uint16_t vcpu, uint64_t first_record);

/*
 * Adds an element. What its kind does not define is not carried: unwritten slots, the entry stamp
 * of an exit without entry, the vCPU (the frame's counts). Returns false when the frame has no room
 * left: nothing was added; finish this frame and begin another.
 */
bool wire_add(struct wire_encoder *encoder, const struct trace_element *element);

/* Closes the frame. Returns its whole length in bytes; 0 if no element was added. */
size_t wire_finish(struct wire_encoder *encoder);

/*
 * Writes a START, STATISTICS or END frame around a payload of n bytes. Returns the frame's length,
 * n + WIRE_OVERHEAD; 0 if that is more than capacity or the payload is too long for a frame.
 * The payload may lie inside the frame buffer if it begins at frame + WIRE_HEADER + 4.
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

/* Reads the elements of a TRACE frame, in order. */
struct wire_reader {
    struct wire_model model;
    const uint8_t *at;
    const uint8_t *end;
    uint32_t repeats;
    uint16_t vcpu;
};

/* Starts reading. The frame's buffer must stay until the last wire_read(). */
void wire_read_begin(struct wire_reader *reader, const struct wire_frame *frame);

enum wire_read {
    WIRE_ELEMENT, /* *element was filled in */
    WIRE_DONE,    /* no more elements */
    WIRE_BROKEN,  /* checksum good, yet not what an encoder writes; the rest cannot be read */
};

/*
 * The next element. Fields that the element's kind does not define are 0, as are unwritten slots;
 * slot 0 of an exit is its reason.
 */
enum wire_read wire_read(struct wire_reader *reader, struct trace_element *element);

/*
 * Variable-length numbers, as in payloads: seven bits a byte, the lowest first, bit 7 set in all
 * but the last byte; at most WIRE_NUMBER_MAX bytes.
 */
enum { WIRE_NUMBER_MAX = 10 };

/* Writes value at p and returns the place after it. */
uint8_t *wire_put_number(uint8_t *p, uint64_t value);

/* Reads a number at p, before `end`. Returns the place after it, NULL if it is not all there. */
const uint8_t *wire_get_number(const uint8_t *p, const uint8_t *end, uint64_t *value);

#endif
