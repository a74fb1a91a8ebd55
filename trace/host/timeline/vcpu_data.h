/* SPDX-License-Identifier: MIT */
/*
 * What a page holds of one vCPU: its elements in frames of the trace's own format, as long as they
 * may be, and the levels of detail over them. Written while it is read, in constant memory.
 *
 * For each frame the page has an element
 *
 *   <script type="text/plain" class="frame" data-vcpu="N">FRAME</script>
 *
 * deflated and in base64. The nodes go to the index of the run, as (vCPU, level, node); the n-th of
 * level LEVELS_BLOCK is the sum of the vCPU's n-th frame, and behind it stands how long the exits of
 * that took (block_times.h).
 */
#ifndef TRACE_HOST_TIMELINE_VCPU_DATA_H
#define TRACE_HOST_TIMELINE_VCPU_DATA_H

#include "trace/host/timeline/block.h"
#include "trace/host/timeline/block_times.h"
#include "trace/host/timeline/levels.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

/* Why nothing is known of a time, as slot 1 of the lost elements that the page adds. */
enum vcpu_data_gap { GAP_MISSING = 1, GAP_SWITCHED_OFF = 2, GAP_LEFT_OUT = 3 };

struct vcpu_data {
    uint16_t vcpu;
    struct output *output;
    struct block *index; /* of the run */
    uint64_t records;    /* in the frames so far */
    struct levels levels;
    struct block_times times; /* of the frame */
    bool left_out;            /* elements since the last one, by a filter */
    struct wire_encoder encoder;
    uint8_t frame[WIRE_FRAME_MAX];
    struct block block; /* the frame that is being written */
};

/* Allocates a vCPU's data. NULL without memory. */
struct vcpu_data *vcpu_data_new(uint16_t vcpu, struct output *output, struct block *index);

/* Takes the next element. */
void vcpu_data_add(struct vcpu_data *data, const struct trace_element *element);

/*
 * From the last element to the next one nothing is known: so many records (0: it is not known how
 * many) are missing, the trace was switched off, or a filter left out what was there; of this it is
 * told when another element follows, once.
 */
void vcpu_data_gap(struct vcpu_data *data, enum vcpu_data_gap why, uint64_t records);

/* Writes out all that is left. */
void vcpu_data_finish(struct vcpu_data *data);

void vcpu_data_free(struct vcpu_data *data);

#endif
