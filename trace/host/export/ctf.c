/* SPDX-License-Identifier: MIT */
/*
 * Common Trace Format 1.8, laid out as LTTng lays out a kernel trace: a stream for each vCPU, packets
 * that are closed and indexed, the compact event header. export/ctf_metadata.c describes it to
 * readers.
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/crc32c.h"
#include "trace/host/export/bytes.h"
#include "trace/host/export/ctf_metadata.h"
#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"
#include "trace/host/export/kvm_events.h"

enum {
    MAGIC = 0xc1fc1fc1,
    INDEX_MAGIC = 0xc1f1dcc1,
    PACKET = 64 * 1024,
    PACKET_HEADER = 4 + 16 + 4 + 8 + 6 * 8 + 4, /* with its context */
    INDEX_ENTRY = 9 * 8,
    HEADER_EXTENDED = 31, /* an event's id and a whole stamp follow */
    STAMP_BITS = 27,      /* of a compact event header */
    EVENT_MAX = 128,
    THREAD = 1000, /* tid of vCPU 0's thread */
    PRIORITY = 20, /* of a thread with no wishes */
};

struct ctf_stream {
    struct export_file file, index;
    uint64_t packets, discarded; /* so far: packets closed, events lost */
    uint64_t first, last;        /* stamps in the packet */
    bool introduced;             /* its thread was told */
    struct bytes packet;         /* used == 0: not begun */
    uint8_t bytes[PACKET];
};

struct ctf {
    const struct export_run *run;
    char *path;
    uint8_t uuid[CTF_UUID];
    struct ctf_stream *stream[EXPORT_VCPUS];
};

/* Index files are big endian, others as the metadata says. */
static void put_big(struct bytes *bytes, uint64_t value, size_t size)
{
    while (size--)
        bytes_u8(bytes, value >> 8 * size);
}

/* Creates a file of the trace. */
static bool create(struct ctf *state, struct export_file *file, const char *name)
{
    char *path;

    if (asprintf(&path, "%s/%s", state->path, name) < 0) {
        export_fail(state->path, state->run->failed);
        return false;
    }

    bool created = export_file_create(file, path, state->run->failed);

    free(path);
    return created;
}

/* Creates its directory, and that of the indexes in it. */
static bool create_directories(struct ctf *state)
{
    char *path = NULL;
    bool created = mkdir(state->path, 0777) == 0 && asprintf(&path, "%s/index", state->path) >= 0 &&
                   mkdir(path, 0777) == 0;

    if (!created)
        export_fail(state->path, state->run->failed);
    free(path);
    return created;
}

/* Packets */

static void write_index(struct ctf_stream *stream, uint16_t vcpu, uint64_t offset)
{
    uint8_t entry[INDEX_ENTRY];
    struct bytes bytes = { .at = entry };
    const uint64_t fields[] = {
        offset,         stream->packet.used * 8, stream->packet.used * 8, stream->first,
        stream->last,   stream->discarded,       CTF_STREAM_CLASS,        vcpu,
        stream->packets
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        put_big(&bytes, fields[i], 8);
    export_file_write(&stream->index, entry, sizeof(entry));
}

static void close_packet(struct ctf *state, uint16_t vcpu)
{
    struct ctf_stream *stream = state->stream[vcpu];
    struct bytes header = { .at = stream->bytes };
    const uint64_t context[] = { stream->first,           stream->last,    stream->packet.used * 8,
                                 stream->packet.used * 8, stream->packets, stream->discarded };

    if (!stream->packet.used)
        return;
    bytes_u32(&header, MAGIC);
    bytes_put(&header, state->uuid, CTF_UUID);
    bytes_u32(&header, CTF_STREAM_CLASS);
    bytes_u64(&header, vcpu);
    for (size_t i = 0; i < sizeof(context) / sizeof(context[0]); i++)
        bytes_u64(&header, context[i]);
    bytes_u32(&header, vcpu);
    write_index(stream, vcpu, stream->file.size);
    export_file_write(&stream->file, stream->bytes, stream->packet.used);
    stream->packets++;
    stream->packet.used = 0;
}

static void begin_packet(struct ctf_stream *stream, uint64_t tsc)
{
    stream->packet.used = PACKET_HEADER;
    stream->first = stream->last = tsc;
}

static void begin_index(struct ctf_stream *stream)
{
    uint8_t head[16];
    struct bytes bytes = { .at = head };

    put_big(&bytes, INDEX_MAGIC, 4);
    put_big(&bytes, 1, 4); /* version 1.1 */
    put_big(&bytes, 1, 4);
    put_big(&bytes, INDEX_ENTRY, 4);
    export_file_write(&stream->index, head, sizeof(head));
}

static struct ctf_stream *stream_of(struct ctf *state, uint16_t vcpu)
{
    struct ctf_stream *stream = state->stream[vcpu];

    if (stream)
        return stream;

    char name[16], index[32];

    snprintf(name, sizeof(name), "vcpu%u", vcpu);
    snprintf(index, sizeof(index), "index/%s.idx", name);
    stream = calloc(1, sizeof(*stream));
    if (!stream) {
        export_fail(state->path, state->run->failed);
        return NULL;
    }
    if (!create(state, &stream->file, name) || !create(state, &stream->index, index)) {
        export_file_close(&stream->file);
        free(stream);
        return NULL;
    }
    stream->packet.at = stream->bytes;
    begin_index(stream);
    state->stream[vcpu] = stream;
    return stream;
}

/* Begins an event of a stream that is there; its fields come next. */
static struct bytes *begin_event(struct ctf *state, uint16_t vcpu, enum ctf_event id, uint64_t tsc)
{
    struct ctf_stream *stream = state->stream[vcpu];

    if (stream->packet.used + EVENT_MAX > PACKET)
        close_packet(state, vcpu);
    if (!stream->packet.used)
        begin_packet(stream, tsc);
    if ((tsc - stream->last) >> STAMP_BITS) {
        bytes_u8(&stream->packet, HEADER_EXTENDED);
        bytes_u32(&stream->packet, id);
        bytes_u64(&stream->packet, tsc);
    } else {
        bytes_u32(&stream->packet, (uint64_t)id | tsc << (32 - STAMP_BITS));
    }
    stream->last = tsc;
    return &stream->packet;
}

static void put_thread(struct bytes *bytes, const char *name, uint16_t vcpu, uint32_t tid)
{
    char comm[CTF_COMM] = { 0 };

    snprintf(comm, sizeof(comm), "%s%u", name, vcpu);
    bytes_put(bytes, comm, sizeof(comm));
    bytes_u32(bytes, tid);
    bytes_u32(bytes, PRIORITY);
}

/* Readers of kernel traces know from it which thread a CPU runs: the vCPU's. */
static void put_switch(struct ctf *state, uint16_t vcpu, uint64_t tsc)
{
    struct bytes *bytes = begin_event(state, vcpu, CTF_SWITCH, tsc);

    put_thread(bytes, "swapper/", vcpu, 0);
    bytes_u64(bytes, 0); /* it could go on */
    put_thread(bytes, "vcpu", vcpu, THREAD + vcpu);
}

/* Begins an event; its fields come next. NULL after an error was told. */
static struct bytes *put_event(struct ctf *state, uint16_t vcpu, enum ctf_event id, uint64_t tsc)
{
    struct ctf_stream *stream = stream_of(state, vcpu);

    if (!stream)
        return NULL;
    if (!stream->introduced) {
        stream->introduced = true;
        put_switch(state, vcpu, tsc);
    }
    return begin_event(state, vcpu, id, tsc);
}

/* Elements */

static void put_kvm_exit(struct bytes *bytes, const struct trace_element *element)
{
    struct kvm_exit exit = kvm_exit_of(element);

    bytes_u32(bytes, exit.exit_reason);
    bytes_u64(bytes, element->rip);
    bytes_u32(bytes, KVM_ISA_VMX);
    bytes_u64(bytes, element->qualification);
    bytes_u64(bytes, 0);
    bytes_u32(bytes, exit.intr_info);
    bytes_u32(bytes, exit.error_code);
    bytes_u32(bytes, element->vcpu);
    bytes_u32(bytes, exit.exit_reason);
}

static void put_slots(struct bytes *bytes, const struct trace_element *element)
{
    bytes_u32(bytes, element->vcpu);
    bytes_u32(bytes, element->reason & EXIT_REASON_BASIC);
    bytes_u32(bytes, element->reason);
    bytes_u8(bytes, element->written);
    for (int i = 1; i < TRACE_SLOTS; i++)
        bytes_u64(bytes, element->slot[i]);
}

static void put_exit(void *context, const struct trace_element *element)
{
    bool stopped = element->kind == TRACE_EXIT_ONLY;
    struct bytes *bytes = put_event(context, element->vcpu, CTF_EXIT, element->exit_tsc);

    if (!bytes)
        return;
    put_kvm_exit(bytes, element);
    bytes = put_event(context, element->vcpu, stopped ? CTF_STOP : CTF_ENTRY,
                      stopped ? element->exit_tsc : element->entry_tsc);
    if (bytes)
        put_slots(bytes, element);
}

static void put_marker(void *context, const struct trace_element *element)
{
    struct bytes *bytes = put_event(context, element->vcpu, CTF_MARKER, element->exit_tsc);

    if (!bytes)
        return;
    bytes_u32(bytes, element->vcpu);
    for (int i = 0; i < 4; i++)
        bytes_u64(bytes, element->slot[i]);
}

/*
 * A packet of its own: so readers know between which stamps records were lost. It has an event, as some
 * stop at a packet that has none.
 */
static void put_loss(void *context, const struct export_loss *loss)
{
    struct ctf *state = context;
    struct ctf_stream *stream = stream_of(state, loss->vcpu);

    if (!stream)
        return;
    close_packet(state, loss->vcpu);
    begin_packet(stream, loss->since);
    stream->discarded += loss->records ? loss->records : 1;

    struct bytes *bytes = put_event(state, loss->vcpu, CTF_LOST, loss->until);

    bytes_u32(bytes, loss->vcpu);
    bytes_u64(bytes, loss->records);
    close_packet(state, loss->vcpu);
}

/* The trace */

/* Of the run: the same log gives the same trace. RFC 9562, version 8. */
static void make_uuid(struct ctf *state)
{
    const struct trace_start *start = state->run->start;
    struct bytes bytes = { .at = state->uuid };
    uint32_t sum = crc32c(0, start, sizeof(*start));

    for (unsigned i = 0; i < CTF_UUID / 4; i++) {
        sum = crc32c(sum, &i, sizeof(i));
        bytes_u32(&bytes, sum);
    }
    state->uuid[6] = (uint8_t)((state->uuid[6] & 0x0f) | 0x80);
    state->uuid[8] = (uint8_t)((state->uuid[8] & 0x3f) | 0x80);
}

static void *begin(const char *path, const struct export_run *run)
{
    struct ctf *state = calloc(1, sizeof(*state));
    struct export_file metadata;

    if (!state || !(state->path = strdup(path))) {
        export_fail(path, run->failed);
        free(state);
        return NULL;
    }
    state->run = run;
    make_uuid(state);
    if (!create_directories(state) || !create(state, &metadata, "metadata")) {
        free(state->path);
        free(state);
        return NULL;
    }
    ctf_metadata_write(&metadata, state->uuid, run);
    export_file_close(&metadata);
    return state;
}

static void end(void *context)
{
    struct ctf *state = context;

    for (uint16_t i = 0; i < EXPORT_VCPUS; i++)
        if (state->stream[i]) {
            close_packet(state, i);
            export_file_close(&state->stream[i]->file);
            export_file_close(&state->stream[i]->index);
            free(state->stream[i]);
        }
    free(state->path);
    free(state);
}

const struct exporter ctf_exporter = { begin, put_exit, put_marker, put_loss, end };
