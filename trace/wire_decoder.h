/* SPDX-License-Identifier: MIT */
/* The elements of a TRACE frame, read. */
#ifndef TRACE_WIRE_DECODER_H
#define TRACE_WIRE_DECODER_H

#include <stdint.h>

#include "trace/record.h"
#include "trace/wire.h"
#include "trace/wire_model.h"

struct wire_decoder {
    struct wire_model model;
    const uint8_t *at;
    const uint8_t *end;
    uint32_t repeats;
    uint16_t vcpu;
};

/* Starts reading. The frame's buffer must stay until the last wire_read(). */
void wire_read_begin(struct wire_decoder *decoder, const struct wire_frame *frame);

enum wire_read {
    WIRE_ELEMENT, /* *element was filled in */
    WIRE_DONE,    /* no more elements */
    WIRE_BROKEN,  /* checksum good, yet not what an encoder writes; the rest cannot be read */
};

/*
 * The next element. Fields that the element's kind does not define are 0, as are unwritten slots;
 * slot 0 of an exit is its reason.
 */
enum wire_read wire_read(struct wire_decoder *decoder, struct trace_element *element);

#endif
