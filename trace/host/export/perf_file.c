/* SPDX-License-Identifier: MIT */
/* What is in a perf.data around its records: the head, and the features. */
#include "trace/host/export/perf_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/export/kvm_events.h"

/* Linux: include/uapi/linux/perf_event.h, tools/perf/Documentation/perf.data-file-format.txt */
enum {
    HEADER = 104,
    ATTR = 112, /* struct perf_event_attr, PERF_ATTR_SIZE_VER5 */
    ATTR_TRACEPOINT = 2,
    ATTR_SAMPLE_ID_ALL = 1 << 18,
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

void perf_file_begin(struct export_file *file)
{
    static const uint8_t nothing[DATA];

    export_file_write(file, nothing, sizeof(nothing));
}

void perf_file_end(struct export_file *file, const struct export_run *run)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);

    if (!memory) {
        export_fail(file->path, run->failed);
        return;
    }
    write_head(memory, file->size - DATA);
    fflush(memory);
    export_file_write_at(file, 0, text, n);
    rewind(memory);
    write_features(memory, file->size, run);
    fclose(memory);
    export_file_write(file, text, n);
    free(text);
}
