/* SPDX-License-Identifier: MIT */
/* The elements of a TRACE frame, written. */
#ifndef TRACE_WIRE_ENCODER_H
#define TRACE_WIRE_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"
#include "trace/wire_model.h"

enum { WIRE_FRAME_MIN = 256 }; /* smallest capacity in which a frame can hold an element */

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

#endif
