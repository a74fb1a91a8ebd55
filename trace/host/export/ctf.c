/* SPDX-License-Identifier: MIT */
/*
 * Common Trace Format 1.8, laid out as LTTng lays out a kernel trace: a stream for each vCPU, whose
 * fields export/ctf_metadata.c describes to readers.
 */
#define _GNU_SOURCE /* asprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/crc32c.h"
#include "trace/host/export/ctf_metadata.h"
#include "trace/host/export/ctf_stream.h"
#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"
#include "trace/host/export/kvm_events.h"
#include "trace/host/export/pack.h"

enum {
    THREAD = 1000, /* tid of vCPU 0's thread */
    PRIORITY = 20, /* of a thread with no wishes */
};

struct ctf {
    const struct export_run *run;
    char *path;
    uint8_t uuid[CTF_UUID];
    struct ctf_stream *stream[EXPORT_VCPUS];
    bool introduced[EXPORT_VCPUS]; /* the vCPU's thread was told */
};

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

/* The vCPU's stream. NULL after an error was told. */
static struct ctf_stream *stream_of(struct ctf *state, uint16_t vcpu)
{
    struct ctf_stream **stream = &state->stream[vcpu];

    if (!*stream)
        *stream = ctf_stream_new(state->path, state->uuid, vcpu, state->run->failed);
    return *stream;
}

static void put_thread(struct packed *bytes, const char *name, uint16_t vcpu, uint32_t tid)
{
    char comm[CTF_COMM] = { 0 };

    snprintf(comm, sizeof(comm), "%s%u", name, vcpu);
    pack_bytes(bytes, comm, sizeof(comm));
    pack_u32(bytes, tid);
    pack_u32(bytes, PRIORITY);
}

/* Readers of kernel traces know from it which thread a CPU runs: the vCPU's. */
static void put_switch(struct ctf_stream *stream, uint16_t vcpu, uint64_t tsc)
{
    struct packed *bytes = ctf_stream_event(stream, CTF_SWITCH, tsc);

    put_thread(bytes, "swapper/", vcpu, 0);
    pack_u64(bytes, 0); /* it could go on */
    put_thread(bytes, "vcpu", vcpu, THREAD + vcpu);
}

/* Begins an event; its fields come next. NULL after an error was told. */
static struct packed *put_event(struct ctf *state, uint16_t vcpu, enum ctf_event id, uint64_t tsc)
{
    struct ctf_stream *stream = stream_of(state, vcpu);

    if (!stream)
        return NULL;
    if (!state->introduced[vcpu]) {
        state->introduced[vcpu] = true;
        put_switch(stream, vcpu, tsc);
    }
    return ctf_stream_event(stream, id, tsc);
}

/* Elements */

static void put_kvm_exit(struct packed *bytes, const struct trace_element *element)
{
    struct kvm_exit exit = kvm_exit_of(element);

    pack_u32(bytes, exit.exit_reason);
    pack_u64(bytes, element->rip);
    pack_u32(bytes, KVM_ISA_VMX);
    pack_u64(bytes, element->qualification);
    pack_u64(bytes, 0);
    pack_u32(bytes, exit.intr_info);
    pack_u32(bytes, exit.error_code);
    pack_u32(bytes, element->vcpu);
    pack_u32(bytes, exit.exit_reason);
}

static void put_slots(struct packed *bytes, const struct trace_element *element)
{
    pack_u32(bytes, element->vcpu);
    pack_u32(bytes, element->reason & EXIT_REASON_BASIC);
    pack_u32(bytes, element->reason);
    pack_u8(bytes, element->written);
    for (int i = 1; i < TRACE_SLOTS; i++)
        pack_u64(bytes, element->slot[i]);
}

static void put_exit(void *context, const struct trace_element *element)
{
    bool stopped = element->kind == TRACE_EXIT_ONLY;
    struct packed *bytes = put_event(context, element->vcpu, CTF_EXIT, element->exit_tsc);

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
    struct packed *bytes = put_event(context, element->vcpu, CTF_MARKER, element->exit_tsc);

    if (!bytes)
        return;
    pack_u32(bytes, element->vcpu);
    for (int i = 0; i < 4; i++)
        pack_u64(bytes, element->slot[i]);
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
    ctf_stream_begin_loss(stream, loss->since, loss->records ? loss->records : 1);

    struct packed *bytes = put_event(state, loss->vcpu, CTF_LOST, loss->until);

    pack_u32(bytes, loss->vcpu);
    pack_u64(bytes, loss->records);
    ctf_stream_end_packet(stream);
}

/* The trace */

/* Of the run: the same log gives the same trace. RFC 9562, version 8. */
static void make_uuid(struct ctf *state)
{
    const struct trace_start *start = state->run->start;
    struct packed bytes = { .at = state->uuid };
    uint32_t sum = crc32c(0, start, sizeof(*start));

    for (unsigned i = 0; i < CTF_UUID / 4; i++) {
        sum = crc32c(sum, &i, sizeof(i));
        pack_u32(&bytes, sum);
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
    if (!create_directories(state) || !ctf_create(&metadata, path, "metadata", run->failed)) {
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

    for (unsigned i = 0; i < EXPORT_VCPUS; i++)
        ctf_stream_free(state->stream[i]);
    free(state->path);
    free(state);
}

const struct exporter ctf_exporter = { begin, put_exit, put_marker, put_loss, end };
