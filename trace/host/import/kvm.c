/* SPDX-License-Identifier: MIT */
/* Makes a log of a KVM trace of trace-cmd. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/import/import.h"
#include "trace/host/import/kvm_details.h"
#include "trace/host/import/kvm_events.h"
#include "trace/host/import/kvm_threads.h"
#include "trace/host/import/merge.h"
#include "trace/host/import/ring_pages.h"

enum { SVM = 2 /* kvm_exit's isa: an AMD processor */ };

/* A CPU's events, the next one read ahead. */
struct stream {
    struct ring_pages ring;
    enum ring_event next;
    int32_t vcpu;    /* of the log, that ran last on this CPU; below 0: none yet */
    uint64_t missed; /* events lost before any vCPU was seen */
};

struct conversion {
    struct import *import;
    struct trace_dat dat;
    struct kvm_events events;
    struct stream *stream; /* of each CPU */
    struct merge merge;    /* of the streams */
    struct kvm_threads threads;
    uint64_t exits[TRACE_DAT_BUFFERS];
    unsigned buffer; /* whose exits are taken */
    uint64_t amd;    /* exits that are of an AMD processor */
};

/* First all is looked through for which vCPUs there are, and whose */

static void survey_event(struct conversion *conversion, const struct ring_pages *ring,
                         unsigned buffer)
{
    uint64_t value[KVM_FIELDS];
    uint32_t pid;
    enum kvm_event event =
        kvm_events_read(&conversion->events, ring->event, ring->size, &pid, value);

    if ((event != KVM_ENTRY && event != KVM_EXIT) || !import_chosen(conversion->import, pid))
        return;
    kvm_threads_survey(&conversion->threads, event, pid, value);
    if (event == KVM_ENTRY)
        return;
    conversion->exits[buffer]++;
    if (kvm_event_has(&conversion->events, KVM_EXIT, EXIT_ISA))
        conversion->amd += value[EXIT_ISA] == SVM;
    else
        conversion->amd += import_amd_reason((uint32_t)value[EXIT_REASON]);
}

static bool wanted(const struct conversion *conversion, unsigned buffer)
{
    const char *name = conversion->import->options->buffer;

    return !name || strcmp(conversion->dat.buffer[buffer].name, name) == 0;
}

static void survey(struct conversion *conversion)
{
    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        const struct trace_dat_cpu *cpu = &conversion->dat.cpu[i];
        struct ring_pages ring;
        enum ring_event next;

        if (!wanted(conversion, cpu->buffer))
            continue;
        ring_pages_begin(&ring, &conversion->dat, cpu);
        while ((next = ring_pages_next(&ring)) != RING_OVER)
            if (next == RING_EVENT)
                survey_event(conversion, &ring, cpu->buffer);
        ring_pages_end(&ring);
    }
    kvm_threads_surveyed(&conversion->threads);
}

static bool tell_buffers(const struct conversion *conversion)
{
    const struct trace_dat *dat = &conversion->dat;
    char list[360];
    size_t used = 0;

    for (unsigned i = 0; i < dat->buffers && used < sizeof(list) - 80; i++)
        if (conversion->exits[i])
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s'%s', %" PRIu64 " exits",
                                     used ? "; " : "", dat->buffer[i].name, conversion->exits[i]);
    return import_fail(conversion->import,
                       "several buffers, with the same exits perhaps; choose one by --buffer=NAME: "
                       "%s",
                       list);
}

static bool choose_buffer(struct conversion *conversion)
{
    struct import *import = conversion->import;
    unsigned found = 0;

    for (unsigned i = 0; i < conversion->dat.buffers; i++)
        if (conversion->exits[i]) {
            conversion->buffer = i;
            found++;
        }
    if (found > 1)
        return tell_buffers(conversion);
    if (found == 0)
        return import_fail(import, "no kvm_exit event%s%s",
                           import->options->chosen ? " of these threads" : "",
                           import->options->buffer ? " in this buffer" : "");
    if (conversion->amd > conversion->exits[conversion->buffer] / 2)
        return import_fail(import, "exits of an AMD processor, whose reasons are not Intel's");
    return true;
}

static void name_vcpus(const struct conversion *conversion)
{
    struct import *import = conversion->import;
    char name[20], vcpu[20];

    for (unsigned i = 0; i < import->map.vcpus; i++) {
        const struct vcpu_place *place = import->map.of_number[i];

        if (!place)
            continue;
        snprintf(vcpu, sizeof(vcpu), "vCPU %" PRIu32 " of ", place->vcpu);
        trace_dat_name(&conversion->dat, place->owner, name, sizeof(name));
        snprintf(import->vcpu_name[i], IMPORT_NAME, "%sthread %" PRIu32 " (%s)",
                 place->vcpu == VCPU_UNKNOWN ? "" : vcpu, place->owner, name);
    }
}

/* Then the events of all CPUs are taken in the order of their times */

/* Events that were lost are told once it is known whose they may be. */
static void take_missed(struct conversion *conversion, struct stream *stream)
{
    if (stream->vcpu < 0 || !stream->missed)
        return;
    pairing_lost(&conversion->import->pairing, (unsigned)(stream - conversion->stream),
                 (uint16_t)stream->vcpu, stream->ring.time, stream->missed);
    stream->missed = 0;
}

static void take_exit(struct conversion *conversion, const struct stream *stream,
                      const uint64_t *value)
{
    struct pairing *pairing = &conversion->import->pairing;
    uint16_t vcpu = (uint16_t)stream->vcpu;

    pairing_exit(pairing, &(struct pairing_exit){ .vcpu = vcpu,
                                                  .cpu = (unsigned)(stream - conversion->stream),
                                                  .tsc = stream->ring.time,
                                                  .reason = (uint32_t)value[EXIT_REASON],
                                                  .rip = value[EXIT_RIP],
                                                  .qualification = value[EXIT_INFO1] });
    kvm_exit_details(pairing, vcpu, value);
}

static void take_event(struct conversion *conversion, struct stream *stream)
{
    struct pairing *pairing = &conversion->import->pairing;
    uint64_t value[KVM_FIELDS];
    uint32_t pid;
    enum kvm_event event =
        kvm_events_read(&conversion->events, stream->ring.event, stream->ring.size, &pid, value);
    const struct vcpu_place *place;

    if (event == KVM_OTHER || !import_chosen(conversion->import, pid))
        return;
    place = kvm_threads_place(&conversion->threads, event, pid, value);
    if (!place || place->number < 0)
        return;
    stream->vcpu = place->number;
    take_missed(conversion, stream);
    if (event == KVM_ENTRY)
        pairing_entry(pairing, (uint16_t)stream->vcpu, stream->ring.time);
    else if (event == KVM_EXIT)
        take_exit(conversion, stream, value);
    else
        kvm_details(pairing, (uint16_t)stream->vcpu, &conversion->events, event, value);
}

static void begin_streams(struct conversion *conversion)
{
    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        const struct trace_dat_cpu *cpu = &conversion->dat.cpu[i];
        struct stream *stream = &conversion->stream[i];

        stream->vcpu = -1;
        if (cpu->buffer != conversion->buffer)
            continue;
        ring_pages_begin(&stream->ring, &conversion->dat, cpu);
        stream->next = ring_pages_next(&stream->ring);
        if (stream->next != RING_OVER)
            merge_add(&conversion->merge, i, stream->ring.time);
    }
}

static void take_next(struct conversion *conversion, struct stream *stream)
{
    if (stream->next == RING_EVENT) {
        take_event(conversion, stream);
        return;
    }
    /* Where the kernel does not tell how many were lost it is one at least. */
    stream->missed += stream->ring.missed ? stream->ring.missed : 1;
    take_missed(conversion, stream);
}

static void convert(struct conversion *conversion)
{
    unsigned i;

    begin_streams(conversion);
    while (merge_first(&conversion->merge, &i)) {
        struct stream *stream = &conversion->stream[i];

        take_next(conversion, stream);
        stream->next = ring_pages_next(&stream->ring);
        if (stream->next != RING_OVER)
            merge_next(&conversion->merge, stream->ring.time);
        else
            merge_drop(&conversion->merge);
    }
}

static void finish(struct conversion *conversion)
{
    struct import *import = conversion->import;
    uint64_t damaged = 0;

    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        struct stream *stream = &conversion->stream[i];

        if (stream->vcpu < 0)
            stream->vcpu = 0;
        take_missed(conversion, stream);
        damaged += stream->ring.damaged;
        ring_pages_end(&stream->ring);
    }
    pairing_end(&import->pairing);
    if (conversion->dat.cut)
        import_miss(import, "the file is shorter than it says");
    if (damaged)
        import_miss(import, "%" PRIu64 " pages or chunks of pages make no sense", damaged);
    if (conversion->threads.too_many)
        import_miss(import, "more than %d threads run vCPUs", KVM_THREADS / 2);
}

static bool find_events(struct conversion *conversion)
{
    switch (kvm_events_begin(&conversion->events, &conversion->dat)) {
    case KVM_EVENTS_NONE:
        return import_fail(conversion->import,
                           "it does not describe the event kvm_exit; trace-cmd records it, and "
                           "kvm_entry, by -e kvm");
    case KVM_EVENTS_NOT_X86:
        return import_fail(
            conversion->import,
            "its event kvm_exit has no exit_reason or no guest_rip, as on a processor "
            "that is not x86");
    case KVM_EVENTS_FOUND:
        break;
    }
    return true;
}

static bool run(struct conversion *conversion, struct bytes file)
{
    struct import *import = conversion->import;
    struct trace_dat *dat = &conversion->dat;
    char origin[200];

    if (!trace_dat_open(dat, file, &import->reading))
        return import_fail(import, "%s", dat->error);
    if (!find_events(conversion))
        return false;
    conversion->threads =
        (struct kvm_threads){ .events = &conversion->events, .map = &import->map };
    survey(conversion);
    if (!choose_buffer(conversion))
        return false;
    vcpu_map_number(&import->map);
    name_vcpus(conversion);
    conversion->stream = calloc(dat->cpus, sizeof(*conversion->stream));
    if (!conversion->stream)
        return import_fail(import, "out of memory");
    snprintf(origin, sizeof(origin), "imported from trace-cmd: KVM, clock %s",
             trace_dat_clock_of(dat, conversion->buffer));
    import_begin(import, origin, trace_dat_hz(dat, conversion->buffer));
    convert(conversion);
    finish(conversion);
    free(conversion->stream);
    return true;
}

bool import_kvm(struct import *import, struct bytes file)
{
    struct conversion *conversion = calloc(1, sizeof(*conversion));

    if (!conversion)
        return import_fail(import, "out of memory");
    conversion->import = import;

    bool made = run(conversion, file);

    trace_dat_close(&conversion->dat);
    free(conversion);
    return made;
}
