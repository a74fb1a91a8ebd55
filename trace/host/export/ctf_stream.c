/* SPDX-License-Identifier: MIT */
/* A stream of a CTF trace. */
#define _GNU_SOURCE /* asprintf */
#include "trace/host/export/ctf_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAGIC = 0xc1fc1fc1,
    INDEX_MAGIC = 0xc1f1dcc1,
    PACKET = 64 * 1024,
    PACKET_HEADER = 4 + 16 + 4 + 8 + 6 * 8 + 4, /* with its context */
    INDEX_ENTRY = 9 * 8,
    HEADER_EXTENDED = 31, /* an event's id and a whole stamp follow */
    STAMP_BITS = 27,      /* of a compact event header */
    EVENT_MAX = 128,
};

struct ctf_stream {
    uint16_t vcpu;
    uint8_t uuid[CTF_UUID];
    struct export_file file, index;
    uint64_t packets, discarded; /* so far: packets closed, events lost */
    uint64_t first, last;        /* stamps in the packet */
    struct packed packet;        /* used == 0: not begun */
    uint8_t bytes[PACKET];
};

/* Index files are big endian, others as the metadata says. */
static void put_big(struct packed *bytes, uint64_t value, size_t size)
{
    while (size--)
        pack_u8(bytes, value >> 8 * size);
}

static void begin_index(struct ctf_stream *stream)
{
    uint8_t head[16];
    struct packed bytes = { .at = head };

    put_big(&bytes, INDEX_MAGIC, 4);
    put_big(&bytes, 1, 4); /* version 1.1 */
    put_big(&bytes, 1, 4);
    put_big(&bytes, INDEX_ENTRY, 4);
    export_file_write(&stream->index, head, sizeof(head));
}

static void write_index(struct ctf_stream *stream)
{
    uint8_t entry[INDEX_ENTRY];
    struct packed bytes = { .at = entry };
    const uint64_t fields[] = {
        stream->file.size, stream->packet.used * 8, stream->packet.used * 8, stream->first,
        stream->last,      stream->discarded,       CTF_STREAM_CLASS,        stream->vcpu,
        stream->packets
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        put_big(&bytes, fields[i], 8);
    export_file_write(&stream->index, entry, sizeof(entry));
}

static void begin_packet(struct ctf_stream *stream, uint64_t tsc)
{
    stream->packet.used = PACKET_HEADER;
    stream->first = stream->last = tsc;
}

void ctf_stream_end_packet(struct ctf_stream *stream)
{
    struct packed header = { .at = stream->bytes };
    const uint64_t context[] = { stream->first,           stream->last,    stream->packet.used * 8,
                                 stream->packet.used * 8, stream->packets, stream->discarded };

    if (!stream->packet.used)
        return;
    pack_u32(&header, MAGIC);
    pack_bytes(&header, stream->uuid, CTF_UUID);
    pack_u32(&header, CTF_STREAM_CLASS);
    pack_u64(&header, stream->vcpu);
    for (size_t i = 0; i < sizeof(context) / sizeof(context[0]); i++)
        pack_u64(&header, context[i]);
    pack_u32(&header, stream->vcpu);
    write_index(stream);
    export_file_write(&stream->file, stream->bytes, stream->packet.used);
    stream->packets++;
    stream->packet.used = 0;
}

bool ctf_create(struct export_file *file, const char *directory, const char *name, bool *failed)
{
    char *path;

    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        export_fail(directory, failed);
        return false;
    }

    bool created = export_file_create(file, path, failed);

    free(path);
    return created;
}

struct ctf_stream *ctf_stream_new(const char *directory, const uint8_t uuid[CTF_UUID],
                                  uint16_t vcpu, bool *failed)
{
    struct ctf_stream *stream = calloc(1, sizeof(*stream));
    char name[16], index[32];

    if (!stream) {
        export_fail(directory, failed);
        return NULL;
    }
    snprintf(name, sizeof(name), "vcpu%u", vcpu);
    snprintf(index, sizeof(index), "index/%s.idx", name);
    if (!ctf_create(&stream->file, directory, name, failed) ||
        !ctf_create(&stream->index, directory, index, failed)) {
        export_file_close(&stream->file);
        free(stream);
        return NULL;
    }
    stream->vcpu = vcpu;
    memcpy(stream->uuid, uuid, CTF_UUID);
    stream->packet.at = stream->bytes;
    begin_index(stream);
    return stream;
}

struct packed *ctf_stream_event(struct ctf_stream *stream, enum ctf_event id, uint64_t tsc)
{
    if (stream->packet.used + EVENT_MAX > PACKET)
        ctf_stream_end_packet(stream);
    if (!stream->packet.used)
        begin_packet(stream, tsc);
    if ((tsc - stream->last) >> STAMP_BITS) {
        pack_u8(&stream->packet, HEADER_EXTENDED);
        pack_u32(&stream->packet, id);
        pack_u64(&stream->packet, tsc);
    } else {
        pack_u32(&stream->packet, (uint64_t)id | tsc << (32 - STAMP_BITS));
    }
    stream->last = tsc;
    return &stream->packet;
}

void ctf_stream_begin_loss(struct ctf_stream *stream, uint64_t since, uint64_t events)
{
    ctf_stream_end_packet(stream);
    begin_packet(stream, since);
    stream->discarded += events;
}

void ctf_stream_free(struct ctf_stream *stream)
{
    if (!stream)
        return;
    ctf_stream_end_packet(stream);
    export_file_close(&stream->file);
    export_file_close(&stream->index);
    free(stream);
}
