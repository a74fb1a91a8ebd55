/* SPDX-License-Identifier: MIT */
/*
 * perf.data as `perf kvm stat record` writes it: a thread for each vCPU, samples of kvm_entry and
 * kvm_exit with their raw records, and the features that perf kvm needs.
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

/* Linux: include/uapi/linux/perf_event.h, tools/perf/Documentation/perf.data-file-format.txt */
enum {
    HEADER = 104,
    ATTR = 112, /* struct perf_event_attr, PERF_ATTR_SIZE_VER5 */
    ATTR_TRACEPOINT = 2,
    ATTR_SAMPLE_ID_ALL = 1 << 18,
    RECORD_LOST = 2,
    RECORD_COMM = 3,
    RECORD_SAMPLE = 9,
    SAMPLE_TID = 1 << 1,
    SAMPLE_TIME = 1 << 2,
    SAMPLE_CPU = 1 << 7,
    SAMPLE_RAW = 1 << 10,
    SAMPLE_IDENTIFIER = 1 << 16,
    SAMPLE_TYPE = SAMPLE_TID | SAMPLE_TIME | SAMPLE_CPU | SAMPLE_RAW | SAMPLE_IDENTIFIER,
    FEATURE_TRACING_DATA = 1,
    FEATURE_ARCH = 6,
    FEATURE_CPUID = 9,
    FEATURE_EVENT_DESC = 12,
    STRING_ALIGN = 64,

    THREAD = 1000, /* pid of all, tid of vCPU 0's thread */
    BUFFER = 64 * 1024,
    SAMPLE_MAX = 64 + KVM_RECORD,
};

static const struct {
    const char *name;
    enum kvm_event event; /* and its id in samples */
} events[] = {
    { "kvm:kvm_entry", KVM_EVENT_ENTRY },
    { "kvm:kvm_exit", KVM_EVENT_EXIT },
    { "vexit:marker", KVM_EVENT_MARKER },
};

enum { EVENTS = sizeof(events) / sizeof(events[0]), DATA = HEADER + EVENTS * (ATTR + 16 + 8) };

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

/* The file around the records */

static void write_attr(FILE *to, enum kvm_event event)
{
    kvm_write_number(to, ATTR_TRACEPOINT, 4);
    kvm_write_number(to, ATTR, 4);
    kvm_write_number(to, event, 8);
    kvm_write_number(to, 1, 8); /* sample period */
    kvm_write_number(to, SAMPLE_TYPE, 8);
    kvm_write_number(to, 0, 8); /* read format */
    kvm_write_number(to, ATTR_SAMPLE_ID_ALL, 8);
    for (int i = 0; i < ATTR - 48; i++)
        fputc(0, to);
}

/* A section's place: where it begins, how long it is. */
static void write_section(FILE *to, uint64_t offset, uint64_t size)
{
    kvm_write_number(to, offset, 8);
    kvm_write_number(to, size, 8);
}

static void write_head(FILE *to, uint64_t data_size)
{
    enum { IDS = HEADER + EVENTS * (ATTR + 16) };

    fwrite("PERFILE2", 1, 8, to);
    kvm_write_number(to, HEADER, 8);
    kvm_write_number(to, ATTR + 16, 8);
    write_section(to, HEADER, EVENTS * (ATTR + 16));
    write_section(to, DATA, data_size);
    write_section(to, 0, 0); /* event types: not used any more */
    kvm_write_number(to,
                     1 << FEATURE_TRACING_DATA | 1 << FEATURE_ARCH | 1 << FEATURE_CPUID |
                         1 << FEATURE_EVENT_DESC,
                     8);
    for (int i = 0; i < 3; i++)
        kvm_write_number(to, 0, 8);
    for (unsigned i = 0; i < EVENTS; i++) {
        write_attr(to, events[i].event);
        write_section(to, IDS + i * 8, 8);
    }
    for (unsigned i = 0; i < EVENTS; i++)
        kvm_write_number(to, events[i].event, 8);
}

static void write_string(FILE *to, const char *string)
{
    size_t n = strlen(string), padded = (n + STRING_ALIGN) / STRING_ALIGN * STRING_ALIGN;

    kvm_write_number(to, padded, 4);
    fwrite(string, 1, n, to);
    for (; n < padded; n++)
        fputc(0, to);
}

static void write_event_desc(FILE *to)
{
    kvm_write_number(to, EVENTS, 4);
    kvm_write_number(to, ATTR, 4);
    for (unsigned i = 0; i < EVENTS; i++) {
        write_attr(to, events[i].event);
        kvm_write_number(to, 1, 4);
        write_string(to, events[i].name);
        kvm_write_number(to, events[i].event, 8);
    }
}

static void write_feature(FILE *to, unsigned feature, const struct export_run *run)
{
    switch (feature) {
    case FEATURE_TRACING_DATA:
        kvm_write_formats(to, "0.5", run->schema);
        break;
    case FEATURE_ARCH:
        write_string(to, "x86_64");
        break;
    case FEATURE_CPUID: /* of an Intel processor: the exit reasons' names are VMX's */
        write_string(to, "GenuineIntel,6,0,0");
        break;
    case FEATURE_EVENT_DESC:
        write_event_desc(to);
        break;
    }
}

/* What stands behind the data: a table of sections, and the sections. */
static void write_features(FILE *to, uint64_t at, const struct export_run *run)
{
    static const unsigned features[] = { FEATURE_TRACING_DATA, FEATURE_ARCH, FEATURE_CPUID,
                                         FEATURE_EVENT_DESC };
    enum { FEATURES = sizeof(features) / sizeof(features[0]) };
    long begin[FEATURES + 1] = { FEATURES * 16 };

    fseek(to, begin[0], SEEK_SET);
    for (int i = 0; i < FEATURES; i++) {
        write_feature(to, features[i], run);
        begin[i + 1] = ftell(to);
    }
    fseek(to, 0, SEEK_SET);
    for (int i = 0; i < FEATURES; i++)
        write_section(to, at + (uint64_t)begin[i], (uint64_t)(begin[i + 1] - begin[i]));
    fseek(to, begin[FEATURES], SEEK_SET);
}

/* The head before the data, and the features behind them. */
static void write_around(struct perf *state)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);

    if (!memory) {
        export_fail(state->to.file.path, state->to.run->failed);
        return;
    }
    write_head(memory, state->to.file.size - DATA);
    fflush(memory);
    export_file_write_at(&state->to.file, 0, text, n);
    rewind(memory);
    write_features(memory, state->to.file.size, state->to.run);
    fclose(memory);
    export_file_write(&state->to.file, text, n);
    free(text);
}

static void *begin(const char *path, const struct export_run *run)
{
    static const uint8_t nothing[DATA];
    struct perf *state = file_target_begin(sizeof(*state), path, run);

    if (!state)
        return NULL;
    state->buffer.at = state->bytes;
    export_file_write(&state->to.file, nothing, sizeof(nothing));
    return state;
}

static void end(void *context)
{
    struct perf *state = context;

    export_file_write(&state->to.file, state->bytes, state->buffer.used);
    write_around(state);
    export_file_close(&state->to.file);
    free(state);
}

const struct exporter perf_exporter = { begin, put_exit, put_marker, put_loss, end };
