/* SPDX-License-Identifier: MIT */
/* Writes a log as the VMM sends it. */
#include "trace/host/import/log_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/statistics.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum { FRAME = 8192 };

struct log_writer_vcpu {
    struct statistics statistics;
    uint64_t records, lost;
    bool open; /* a frame is begun */
    uint32_t sequence;
    struct wire_encoder encoder;
    uint8_t frame[FRAME];
};

static void put(struct log_writer *writer, const void *bytes, size_t n)
{
    if (!writer->failed && n)
        writer->failed = !writer->write(writer->context, bytes, n);
}

static void put_blob(struct log_writer *writer, enum wire_kind kind, const void *payload, size_t n)
{
    if (!writer->blob)
        return;
    put(writer, writer->blob,
        wire_blob(writer->blob, WIRE_FRAME_MAX, kind, writer->sequence++, payload, n));
}

void log_writer_begin(struct log_writer *writer,
                      bool (*write)(void *context, const void *bytes, size_t n), void *context,
                      const struct trace_start *start)
{
    static char payload[START_PAYLOAD_MAX];

    *writer =
        (struct log_writer){ .write = write, .context = context, .blob = malloc(WIRE_FRAME_MAX) };
    writer->failed = !writer->blob;
    put_blob(writer, WIRE_START, payload, start_encode(payload, sizeof(payload), start));
}

void log_writer_text(struct log_writer *writer, const char *text)
{
    put(writer, text, strlen(text));
}

static void close_frame(struct log_writer *writer, struct log_writer_vcpu *vcpu)
{
    put(writer, vcpu->frame, wire_finish(&vcpu->encoder));
    vcpu->open = false;
}

/* The frame that was begun first. */
static struct log_writer_vcpu *earliest(struct log_writer *writer)
{
    struct log_writer_vcpu *found = NULL;

    for (unsigned i = 0; i < END_VCPUS; i++) {
        struct log_writer_vcpu *vcpu = writer->vcpu[i];

        if (vcpu && vcpu->open && (!found || vcpu->sequence < found->sequence))
            found = vcpu;
    }
    return found;
}

/* The frames of all vCPUs go together, so that each holds about the same time. */
static void flush(struct log_writer *writer)
{
    for (struct log_writer_vcpu *vcpu = earliest(writer); vcpu; vcpu = earliest(writer))
        close_frame(writer, vcpu);
}

static struct log_writer_vcpu *vcpu_of(struct log_writer *writer, unsigned number)
{
    struct log_writer_vcpu *vcpu = writer->vcpu[number];

    if (vcpu)
        return vcpu;
    vcpu = calloc(1, sizeof(*vcpu));
    if (vcpu)
        statistics_clear(&vcpu->statistics);
    else
        writer->failed = true;
    writer->vcpu[number] = vcpu;
    return vcpu;
}

static bool encode(struct log_writer *writer, struct log_writer_vcpu *vcpu,
                   const struct trace_element *element)
{
    if (!vcpu->open) {
        vcpu->sequence = writer->sequence++;
        vcpu->open = true;
        wire_begin(&vcpu->encoder, vcpu->frame, FRAME, vcpu->sequence, element->vcpu,
                   vcpu->records);
    }
    return wire_add(&vcpu->encoder, element);
}

void log_writer_add(struct log_writer *writer, const struct trace_element *element)
{
    struct log_writer_vcpu *vcpu = vcpu_of(writer, element->vcpu);

    if (!vcpu)
        return;
    if (!encode(writer, vcpu, element)) {
        flush(writer);
        encode(writer, vcpu, element);
    }
    vcpu->records += trace_records(element->kind);
    if (element->kind == TRACE_LOST)
        vcpu->lost += element->slot[0];
    else if (element->kind == TRACE_EXIT_ENTRY)
        statistics_add(&vcpu->statistics, element->reason, element->entry_tsc - element->exit_tsc);
}

static void put_statistics(struct log_writer *writer, uint16_t number)
{
    static uint8_t payload[STATISTICS_PAYLOAD_MAX];
    size_t n =
        statistics_encode(payload, sizeof(payload), number, &writer->vcpu[number]->statistics);

    put_blob(writer, WIRE_STATISTICS, payload, n);
}

bool log_writer_end(struct log_writer *writer, uint32_t status, const char *reason)
{
    static char payload[END_PAYLOAD_MAX];
    static struct trace_end end;

    end = (struct trace_end){ .status = status };
    snprintf(end.reason, sizeof(end.reason), "%s", reason);
    flush(writer);
    for (uint16_t i = 0; i < END_VCPUS; i++) {
        struct log_writer_vcpu *vcpu = writer->vcpu[i];

        if (!vcpu)
            continue;
        put_statistics(writer, i);
        end.vcpus = i + 1u;
        end.vcpu[i].generated = vcpu->records + vcpu->lost;
        end.vcpu[i].lost = vcpu->lost;
        free(vcpu);
        writer->vcpu[i] = NULL;
    }
    put_blob(writer, WIRE_END, payload, end_encode(payload, sizeof(payload), &end));
    free(writer->blob);
    writer->blob = NULL;
    return !writer->failed;
}
