/* SPDX-License-Identifier: MIT */
/*
 * perf.data as `perf kvm stat record` writes it: a thread for each vCPU, samples of kvm_entry and
 * kvm_exit with their raw records.
 *
 * perf learns a thread's vCPU from its first entry, and counts an exit with the entry after it. So
 * each vCPU begins with an entry, and an exit that ended the run has one at its own stamp.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/export/exporter.h"
#include "trace/host/export/file_target.h"
#include "trace/host/export/kvm_events.h"
#include "trace/host/export/perf_file.h"

/* Linux: include/uapi/linux/perf_event.h */
enum {
    RECORD_LOST = 2,
    RECORD_COMM = 3,
    RECORD_SAMPLE = 9,
    THREAD = 1000, /* pid of all, tid of vCPU 0's thread */
    BUFFER = 64 * 1024,
    SAMPLE_MAX = 64 + KVM_RECORD,
};

struct perf {
    struct file_target to;
    bool known[EXPORT_VCPUS]; /* a thread that has its name and first entry */
    struct packed buffer;     /* records that are not written yet */
    uint8_t bytes[BUFFER];
};

/* Records */

static struct packed *room(struct perf *state)
{
    if (state->buffer.used + SAMPLE_MAX > BUFFER) {
        export_file_write(&state->to.file, state->bytes, state->buffer.used);
        state->buffer.used = 0;
    }
    return &state->buffer;
}

static void put_header(struct packed *bytes, unsigned type, size_t size)
{
    pack_u32(bytes, type);
    pack_u16(bytes, 0); /* misc */
    pack_u16(bytes, size);
}

/* perf takes a time of 0 for none. */
static uint64_t stamp(const struct perf *state, uint64_t tsc)
{
    uint64_t ns = export_ns(state->to.run, tsc);

    return ns ? ns : 1;
}

/* Thread, time and CPU, in the order of samples and of what ends all other records. */
static void put_place(struct perf *state, struct packed *bytes, uint16_t vcpu, uint64_t tsc)
{
    pack_u32(bytes, THREAD);
    pack_u32(bytes, THREAD + vcpu);
    pack_u64(bytes, stamp(state, tsc));
    pack_u64(bytes, vcpu); /* and 4 bytes reserved */
}

enum { PLACE = 24, IDENTIFIER = 8 };

static void put_sample(struct perf *state, enum kvm_event event, uint16_t vcpu, uint64_t tsc,
                       const struct packed *raw)
{
    struct packed *bytes = room(state);
    size_t padded = (4 + raw->used + 7) & ~(size_t)7;

    put_header(bytes, RECORD_SAMPLE, 8 + IDENTIFIER + PLACE + padded);
    pack_u64(bytes, event);
    put_place(state, bytes, vcpu, tsc);
    pack_u32(bytes, padded - 4);
    pack_bytes(bytes, raw->at, raw->used);
    pack_zeros(bytes, bytes->used + padded - 4 - raw->used);
}

static void put_entry(struct perf *state, const struct trace_element *element, uint64_t tsc)
{
    uint8_t record[KVM_RECORD];
    struct packed raw = { .at = record };
    struct trace_element entry = *element;

    entry.kind = TRACE_EXIT_ENTRY; /* perf knows no other end of an exit */
    kvm_put_entry(&raw, &entry, THREAD + element->vcpu);
    put_sample(state, KVM_EVENT_ENTRY, element->vcpu, tsc, &raw);
}

static void put_name(struct perf *state, uint16_t vcpu, uint64_t tsc)
{
    enum { NAME = 16 };
    struct packed *bytes = room(state);
    char name[NAME] = { 0 };

    snprintf(name, sizeof(name), "vcpu%u", vcpu);
    put_header(bytes, RECORD_COMM, 8 + 8 + NAME + PLACE + IDENTIFIER);
    pack_u32(bytes, THREAD);
    pack_u32(bytes, THREAD + vcpu);
    pack_bytes(bytes, name, NAME);
    put_place(state, bytes, vcpu, tsc);
    pack_u64(bytes, KVM_EVENT_ENTRY);
}

static void introduce(struct perf *state, uint16_t vcpu, uint64_t tsc)
{
    if (state->known[vcpu])
        return;
    state->known[vcpu] = true;
    put_name(state, vcpu, tsc);
    put_entry(state, &(struct trace_element){ .vcpu = vcpu }, tsc);
}

static void put_exit(void *context, const struct trace_element *element)
{
    struct perf *state = context;
    uint8_t record[KVM_RECORD];
    struct packed raw = { .at = record };
    bool stopped = element->kind == TRACE_EXIT_ONLY;

    introduce(state, element->vcpu, element->exit_tsc);
    kvm_put_exit(&raw, element, THREAD + element->vcpu);
    put_sample(state, KVM_EVENT_EXIT, element->vcpu, element->exit_tsc, &raw);
    put_entry(state, element, stopped ? element->exit_tsc : element->entry_tsc);
}

static void put_marker(void *context, const struct trace_element *element)
{
    struct perf *state = context;
    uint8_t record[KVM_RECORD];
    struct packed raw = { .at = record };

    introduce(state, element->vcpu, element->exit_tsc);
    kvm_put_marker(&raw, element, THREAD + element->vcpu);
    put_sample(state, KVM_EVENT_MARKER, element->vcpu, element->exit_tsc, &raw);
}

static void put_loss(void *context, const struct export_loss *loss)
{
    struct perf *state = context;
    struct packed *bytes = room(state);

    put_header(bytes, RECORD_LOST, 8 + 16 + PLACE + IDENTIFIER);
    pack_u64(bytes, KVM_EVENT_EXIT);
    pack_u64(bytes, loss->records);
    put_place(state, bytes, loss->vcpu, loss->until);
    pack_u64(bytes, KVM_EVENT_EXIT);
}

static void *begin(const char *path, const struct export_run *run)
{
    struct perf *state = file_target_begin(sizeof(*state), path, run);

    if (!state)
        return NULL;
    state->buffer.at = state->bytes;
    perf_file_begin(&state->to.file);
    return state;
}

static void end(void *context)
{
    struct perf *state = context;

    export_file_write(&state->to.file, state->bytes, state->buffer.used);
    perf_file_end(&state->to.file, state->to.run);
    export_file_close(&state->to.file);
    free(state);
}

const struct exporter perf_exporter = { begin, put_exit, put_marker, put_loss, end };
