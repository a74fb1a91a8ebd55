/* SPDX-License-Identifier: MIT */
/* Makes a log of a trace of xentrace. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/import/import.h"
#include "trace/host/import/xen_details.h"
#include "trace/host/import/xen_records.h"
#include "trace/host/import/xen_running.h"
#include "trace/host/import/xen_stream.h"

struct cpu {
    struct xen_stream stream;
    struct xen_running at_first; /* when its records begin */
    struct xen_running now;
    struct vcpu_place *place; /* whose the last exit here was */
    uint64_t missed;          /* records lost before any exit here */
    uint64_t first_missed;    /* and when */
};

struct conversion {
    struct import *import;
    struct xen_windows windows;
    struct cpu cpu[XEN_CPUS]; /* of the windows */
    struct merge merge;       /* of their streams */
    uint64_t exits, amd;      /* of these, those that are of an AMD processor */
    uint64_t not_told;        /* exits that may be of the domain that was chosen */
};

bool import_is_xen(struct bytes file)
{
    return bytes_number(&file, 4) == XEN_CPU_CHANGE_HEADER && !file.ended;
}

static bool is_exit(uint32_t event)
{
    event &= ~(uint32_t)XEN_NESTED;
    return event == XEN_VMEXIT || event == XEN_VMEXIT64;
}

/* First all is looked through for which CPUs and vCPUs there are */

static bool find_cpus(struct conversion *conversion, struct bytes file)
{
    struct import *import = conversion->import;

    switch (xen_windows_find(&conversion->windows, file, &import->reading)) {
    case XEN_WINDOWS_MANY_CPUS:
        return import_fail(import, "more than %d CPUs", XEN_CPUS);
    case XEN_WINDOWS_NO_MEMORY:
        return import_fail(import, "out of memory");
    case XEN_WINDOWS_FOUND:
        break;
    }
    return true;
}

static void begin_cpu(struct conversion *conversion, unsigned i)
{
    struct cpu *cpu = &conversion->cpu[i];

    xen_stream_begin(&cpu->stream, &conversion->windows, i);
    cpu->now = cpu->at_first;
}

static void survey_exit(struct conversion *conversion, const struct cpu *cpu)
{
    struct import *import = conversion->import;
    const struct xen_running *running = &cpu->now;
    struct vcpu_place *place;

    /* Before Xen 4.19 AMD's exits had the same record. */
    conversion->exits++;
    conversion->amd += import_amd_reason(cpu->stream.word[0]);
    if (!import_chosen(import, running->domain)) {
        conversion->not_told += running->domain == XEN_NO_DOMAIN;
        return;
    }
    place = vcpu_map_place(&import->map, running->domain, running->vcpu);
    if (place)
        place->exits++;
    else
        import->map.left_out++;
}

static void survey(struct conversion *conversion)
{
    for (unsigned i = 0; i < conversion->windows.cpus; i++) {
        struct cpu *cpu = &conversion->cpu[i];

        cpu->at_first = xen_first_running(&conversion->windows, i);
        begin_cpu(conversion, i);
        while (xen_stream_next(&cpu->stream)) {
            uint32_t event = cpu->stream.event & ~(uint32_t)XEN_NESTED;

            if (!xen_tells_running(&cpu->stream, &cpu->now) && is_exit(event))
                survey_exit(conversion, cpu);
            if (event == XEN_SVM_EXIT || event == XEN_SVM_EXIT64) {
                conversion->exits++;
                conversion->amd++;
            }
        }
        begin_cpu(conversion, i);
    }
}

static bool check(const struct conversion *conversion)
{
    struct import *import = conversion->import;

    if (conversion->amd > conversion->exits / 2)
        return import_fail(import, "exits of an AMD processor, whose reasons are not Intel's");
    if (import->map.used)
        return true;
    return import_fail(import, "no VM exit%s; xentrace records them by -e 0x8f000",
                       import->options->chosen ? " of this domain" : "");
}

static void name_vcpus(struct import *import)
{
    for (unsigned i = 0; i < import->map.vcpus; i++) {
        const struct vcpu_place *place = import->map.of_number[i];

        if (place && place->owner == XEN_NO_DOMAIN)
            snprintf(import->vcpu_name[i], IMPORT_NAME, "what ran on CPU %" PRIu32 ", untold",
                     place->vcpu);
        else if (place)
            snprintf(import->vcpu_name[i], IMPORT_NAME, "vCPU %" PRIu32 " of domain %" PRIu32,
                     place->vcpu, place->owner);
    }
}

/* Then the records of all CPUs are taken in the order of their times */

/* The vCPU of the log that runs on the CPU; NULL: none of it does. */
static struct vcpu_place *place_of(struct conversion *conversion, const struct cpu *cpu)
{
    struct import *import = conversion->import;
    struct vcpu_place *place;

    if (!import_chosen(import, cpu->now.domain))
        return NULL;
    place = vcpu_map_find(&import->map, cpu->now.domain, cpu->now.vcpu);
    return place && place->number >= 0 ? place : NULL;
}

/* Records that were lost are told once it is known whose they may be. */
static void take_missed(struct conversion *conversion, struct cpu *cpu, uint16_t vcpu)
{
    if (!cpu->missed)
        return;
    pairing_lost(&conversion->import->pairing, (unsigned)(cpu - conversion->cpu), vcpu,
                 cpu->first_missed, cpu->missed);
    cpu->missed = 0;
}

static void take_lost(struct cpu *cpu)
{
    if (!cpu->missed)
        cpu->first_missed = cpu->stream.words < 4 ? cpu->stream.time : xen_word64(&cpu->stream, 2);
    cpu->missed += cpu->stream.word[0];
}

static void take_exit(struct conversion *conversion, const struct cpu *cpu, uint16_t vcpu)
{
    const struct xen_stream *stream = &cpu->stream;
    bool wide = (stream->event & ~(uint32_t)XEN_NESTED) == XEN_VMEXIT64;

    pairing_exit(&conversion->import->pairing,
                 &(struct pairing_exit){ .vcpu = vcpu,
                                         .cpu = (unsigned)(cpu - conversion->cpu),
                                         .tsc = stream->time,
                                         .reason = stream->word[0],
                                         .rip = wide ? xen_word64(stream, 1) : stream->word[1] });
}

static void take_record(struct conversion *conversion, struct cpu *cpu)
{
    struct pairing *pairing = &conversion->import->pairing;
    const struct xen_stream *stream = &cpu->stream;
    uint32_t event = stream->event & ~(uint32_t)XEN_NESTED;
    struct vcpu_place *place;

    if (event == XEN_LOST)
        take_lost(cpu);
    xen_tells_running(stream, &cpu->now);
    place = place_of(conversion, cpu);
    if (place)
        cpu->place = place;
    if (cpu->place)
        take_missed(conversion, cpu, (uint16_t)cpu->place->number);
    if (!place)
        return;
    if (is_exit(event))
        take_exit(conversion, cpu, (uint16_t)place->number);
    else if (event == XEN_VMENTRY)
        pairing_entry(pairing, (uint16_t)place->number, stream->time);
    else if ((event & ~(uint32_t)XEN_HANDLERS) == XEN_HANDLER)
        xen_details(pairing, (uint16_t)place->number, stream);
}

static void convert(struct conversion *conversion)
{
    struct merge *merge = &conversion->merge;
    unsigned i;

    for (i = 0; i < conversion->windows.cpus; i++)
        if (xen_stream_next(&conversion->cpu[i].stream))
            merge_add(merge, i, conversion->cpu[i].stream.time);
    while (merge_first(merge, &i)) {
        struct cpu *cpu = &conversion->cpu[i];

        take_record(conversion, cpu);
        if (xen_stream_next(&cpu->stream))
            merge_next(merge, cpu->stream.time);
        else
            merge_drop(merge);
    }
}

static void finish(struct conversion *conversion)
{
    struct import *import = conversion->import;

    for (unsigned i = 0; i < conversion->windows.cpus; i++)
        take_missed(conversion, &conversion->cpu[i], 0);
    pairing_end(&import->pairing);
    if (conversion->windows.cut)
        import_miss(import, "the file breaks off, or goes on with what is no record");
    for (unsigned i = 0; i < conversion->windows.cpus; i++)
        if (conversion->cpu[i].stream.damaged)
            import_miss(import, "a record of CPU %" PRIu32 " goes beyond its window",
                        conversion->cpu[i].stream.cpu);
    if (conversion->not_told)
        import_miss(import, "%" PRIu64 " exits on CPUs of which it is not told which domain runs",
                    conversion->not_told);
}

/* The domain, if there is one only; with several each vCPU's is told. */
static void tell_domain(struct vcpu_map *map, char *text, size_t n)
{
    const struct vcpu_place *one = NULL;

    for (unsigned i = 0; i < map->vcpus; i++) {
        const struct vcpu_place *place = map->of_number[i];

        if (place && one && place->owner != one->owner)
            map->by_name = true;
        else if (place)
            one = place;
    }
    if (one && one->owner != XEN_NO_DOMAIN && !map->by_name)
        snprintf(text, n, ": domain %" PRIu32, one->owner);
}

static bool run(struct conversion *conversion, struct bytes file)
{
    struct import *import = conversion->import;
    char origin[80] = "imported from xentrace";

    if (!find_cpus(conversion, file))
        return false;
    survey(conversion);
    if (!check(conversion))
        return false;
    vcpu_map_number(&import->map);
    name_vcpus(import);
    tell_domain(&import->map, origin + strlen(origin), sizeof(origin) - strlen(origin));
    import_begin(import, origin, 0);
    convert(conversion);
    finish(conversion);
    return true;
}

bool import_xen(struct import *import, struct bytes file)
{
    struct conversion *conversion = calloc(1, sizeof(*conversion));

    if (!conversion)
        return import_fail(import, "out of memory");
    conversion->import = import;

    bool made = run(conversion, file);

    xen_windows_close(&conversion->windows);
    free(conversion);
    return made;
}
