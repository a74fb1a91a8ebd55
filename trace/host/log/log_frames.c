/* SPDX-License-Identifier: MIT */
/* Reads a log's frames. */
#include <inttypes.h>

#include "trace/host/log/log_reader_parts.h"

static void take_statistics(struct log_reader *reader, const struct wire_frame *frame)
{
    uint16_t vcpu;

    if (!statistics_decode(frame->payload, frame->payload_length, &vcpu, &reader->statistics)) {
        reader->run.broken++;
        log_note(reader, "damaged: the STATISTICS record of frame %" PRIu32 " makes no sense",
                 frame->sequence);
        return;
    }
    if (reader->events.statistics)
        reader->events.statistics(reader->events.context, vcpu, &reader->statistics);
}

/* A gap between a vCPU's record numbers: what the missing frames had of it. */
static void take_record_number(struct log_reader *reader, struct log_vcpu *vcpu,
                               const struct wire_frame *frame)
{
    uint64_t first = frame->first_record;

    if (first > vcpu->next) {
        vcpu->missing += first - vcpu->next;
        log_note(reader, "missing: vcpu%u records %" PRIu64 " to %" PRIu64 " (%" PRIu64 ")",
                 frame->vcpu, vcpu->next, first - 1, first - vcpu->next);
        log_tell_gap(reader, frame->vcpu, first - vcpu->next);
    } else if (first < vcpu->next) {
        reader->run.disagrees = true;
        log_note(reader, "odd: vcpu%u record %" PRIu64 " follows record %" PRIu64, frame->vcpu,
                 first, vcpu->next - 1);
    }
}

static uint64_t take_elements(struct log_reader *reader, uint64_t offset,
                              const struct wire_frame *frame)
{
    struct wire_decoder *wire = &reader->wire;
    struct trace_element element;
    uint64_t before = reader->run.records;
    enum wire_read result;

    wire_read_begin(wire, frame);
    while ((result = wire_read(wire, &element)) == WIRE_ELEMENT)
        log_take_element(reader, &element);
    if (result == WIRE_BROKEN) {
        reader->run.broken++;
        log_note(reader,
                 "damaged: frame %" PRIu32 " at offset %" PRIu64 " makes no sense after %" PRIu64
                 " records",
                 frame->sequence, offset, reader->run.records - before);
    }
    return reader->run.records - before;
}

static void take_trace(struct log_reader *reader, uint64_t offset, const struct wire_frame *frame,
                       bool late)
{
    struct log_vcpu *vcpu = log_vcpu(reader, frame->vcpu);
    bool fills = vcpu && late && frame->first_record < vcpu->next;

    if (vcpu && !fills)
        take_record_number(reader, vcpu, frame);

    uint64_t records = take_elements(reader, offset, frame);

    if (!vcpu)
        return;
    vcpu->records += records;
    if (fills)
        vcpu->missing -= records < vcpu->missing ? records : vcpu->missing;
    else
        vcpu->next = frame->first_record + records;
}

/* A START frame begins a run, unless it is the run's own once more. */
static bool begins_run(const struct log_reader *reader, const struct wire_frame *frame)
{
    return frame->kind == WIRE_START && frame->sequence == 0 && reader->run.frames &&
           reader->frame_sequence.expected > 1;
}

void log_take_frame(void *context, uint64_t offset, const struct wire_frame *frame,
                    uint32_t checksum)
{
    struct log_reader *reader = context;
    const char *payload = (const char *)frame->payload;
    bool late;

    if (begins_run(reader, frame))
        log_end_run(reader);
    if (!log_take_sequence(reader, &reader->frame_sequence, "frame", frame->sequence, checksum,
                           &late))
        return;
    switch (frame->kind) {
    case WIRE_TRACE:
        take_trace(reader, offset, frame, late);
        break;
    case WIRE_START:
        log_take_start(reader, payload, frame->payload_length);
        break;
    case WIRE_STATISTICS:
        take_statistics(reader, frame);
        break;
    case WIRE_END:
        log_take_end(reader, payload, frame->payload_length);
        break;
    case WIRE_KINDS:
        break;
    }
}

void log_take_newer(void *context, uint64_t offset, const struct wire_frame *frame,
                    uint32_t checksum)
{
    struct log_reader *reader = context;
    bool late;

    if (!log_take_sequence(reader, &reader->frame_sequence, "frame", frame->sequence, checksum,
                           &late))
        return;
    reader->run.newer++;
    log_note(reader,
             "missing: frame %" PRIu32 " at offset %" PRIu64 " is of a newer format than this "
             "tool knows",
             frame->sequence, offset);
}
