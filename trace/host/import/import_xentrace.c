/* SPDX-License-Identifier: MIT */
/* Makes a log of a trace of xentrace. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/exit_reasons.h"
#include "trace/host/export/xentrace_own.h"
#include "trace/host/import/import.h"
#include "trace/host/import/xen_stream.h"

enum {
    CPUS = 1024,
    DOMAINS = 64,
    NO_DOMAIN = 0x8000, /* records of a CPU before it is told who runs there */
    IDLE_DOMAIN = 0x7fff,
    RUNNING = 0,
};

/* Records of Xen's public/trace.h. */
enum {
    LOST = 0x0001f001,
    RUNSTATE = 0x00021001, /* and the old state in bits 11:8, the new one in bits 7:4 */
    RUNSTATE_STATES = 0xff0,
    VMENTRY = 0x00081001,
    VMEXIT = 0x00081002,
    VMEXIT64 = 0x00081102,
    SVM_EXIT = 0x00081003,
    SVM_EXIT64 = 0x00081103,
    HANDLER = 0x00082000, /* and the number of the handler */
    HANDLER_64 = 0x100,   /* values of 64 bits; also: the other direction of a port access */
};

/* Handlers, without HANDLER_64. */
enum {
    CR_READ = 0x08,
    CR_WRITE = 0x09,
    DR_READ = 0x0a,
    DR_WRITE = 0x0b,
    MSR_READ = 0x0c,
    MSR_WRITE = 0x0d,
    CPUID = 0x0e,
    INTR = 0x0f,
    VMMCALL = 0x12,
    HLT = 0x13,
    INVLPG = 0x14,
    IOPORT_READ = 0x16,
    CLTS = 0x18,
    LMSW = 0x19,
    NPF = 0x21,
    IOPORT_WRITE = 0x216,
};

struct cpu {
    struct xen_stream stream;
    bool more;       /* stream has a record at hand */
    uint32_t domain; /* that runs there */
    uint32_t vcpu;
};

struct conversion {
    struct import *import;
    struct bytes file;
    unsigned cpus;
    struct cpu cpu[CPUS];
    unsigned domains;
    struct {
        uint32_t domain;
        uint64_t exits;
        uint32_t vcpus;
    } domain[DOMAINS];
    uint32_t chosen; /* the domain whose exits are taken */
    bool foreign, cut;
};

bool import_is_xentrace(struct bytes file)
{
    return bytes_number(&file, 4) == XEN_CPU_CHANGE_HEADER && !file.ended;
}

/* Who runs on a CPU. Without a record of that its number stands for the vCPU. */
static void take_runstate(struct cpu *cpu)
{
    if ((cpu->stream.event >> 4 & 0xf) != RUNNING || cpu->stream.words < 1)
        return;
    cpu->domain = cpu->stream.word[0] >> 16;
    cpu->vcpu = cpu->stream.word[0] & 0xffff;
}

static bool is_runstate(uint32_t event)
{
    return (event & ~(uint32_t)RUNSTATE_STATES) == RUNSTATE;
}

static void begin_cpu(struct conversion *conversion, struct cpu *cpu, uint32_t number)
{
    xen_stream_begin(&cpu->stream, conversion->file, number);
    cpu->domain = NO_DOMAIN;
    cpu->vcpu = number;
}

/* First all is looked through for which CPUs and domains there are */

static bool find_cpus(struct conversion *conversion)
{
    struct bytes file = conversion->file, window;
    uint32_t number;

    while (xen_next_window(&file, &number, &window)) {
        unsigned i = 0;

        while (i < conversion->cpus && conversion->cpu[i].stream.cpu != number)
            i++;
        if (i == CPUS)
            return import_fail(conversion->import, "more than %d CPUs", CPUS);
        if (i == conversion->cpus)
            begin_cpu(conversion, &conversion->cpu[conversion->cpus++], number);
    }
    conversion->cut = file.ended || file.n;
    return true;
}

static void survey_exit(struct conversion *conversion, const struct cpu *cpu)
{
    unsigned i = 0;

    if (!import_chosen(conversion->import, cpu->domain))
        return;
    while (i < conversion->domains && conversion->domain[i].domain != cpu->domain)
        i++;
    if (i == DOMAINS)
        return;
    if (i == conversion->domains)
        conversion->domain[conversion->domains++].domain = cpu->domain;
    conversion->domain[i].exits++;
    if (cpu->vcpu >= conversion->domain[i].vcpus)
        conversion->domain[i].vcpus = cpu->vcpu + 1;
}

static void survey(struct conversion *conversion)
{
    for (unsigned i = 0; i < conversion->cpus; i++) {
        struct cpu *cpu = &conversion->cpu[i];

        while (xen_stream_next(&cpu->stream)) {
            uint32_t event = cpu->stream.event;

            if (is_runstate(event))
                take_runstate(cpu);
            else if (event == VMEXIT || event == VMEXIT64)
                survey_exit(conversion, cpu);
            conversion->foreign |= event == SVM_EXIT || event == SVM_EXIT64;
        }
        begin_cpu(conversion, cpu, cpu->stream.cpu);
    }
}

static bool tell_domains(const struct conversion *conversion)
{
    char list[360];
    size_t used = 0;

    for (unsigned i = 0; i < conversion->domains && used < sizeof(list) - 60; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used,
                                 "%sdomain %" PRIu32 ", %" PRIu64 " exits", used ? "; " : "",
                                 conversion->domain[i].domain, conversion->domain[i].exits);
    return import_fail(conversion->import, "several domains; choose one by --domain=N: %s", list);
}

static bool check(const struct conversion *conversion)
{
    struct import *import = conversion->import;

    if (conversion->domains > 1)
        return tell_domains(conversion);
    if (conversion->domains == 1)
        return true;
    if (conversion->foreign)
        return import_fail(import, "exits of an AMD processor, whose reasons are not Intel's");
    return import_fail(import, "no VM exit%s; xentrace records them by -e 0x8f000",
                       import->options->chosen ? " of this domain" : "");
}

/* Then the records of all CPUs are taken in the order of their times */

static uint64_t word64(const struct xen_stream *stream, unsigned i)
{
    return stream->word[i] | (uint64_t)stream->word[i + 1] << 32;
}

static void take_exit(struct pairing *pairing, const struct cpu *cpu)
{
    const struct xen_stream *stream = &cpu->stream;
    bool wide = stream->event == VMEXIT64;

    pairing_exit(pairing, cpu->vcpu, stream->time, stream->word[0],
                 wide ? word64(stream, 1) : stream->word[1], 0);
}

/* Writes slots 1 to n of the vCPU's open exit, if it is of this reason. */
static void take_slots(struct pairing *pairing, const struct cpu *cpu, uint32_t reason, unsigned n,
                       const uint64_t *value)
{
    struct trace_element *open = pairing_open(pairing, cpu->vcpu, reason);

    for (unsigned i = 0; open && i < n; i++)
        pairing_slot(open, i + 1, value[i]);
}

static void take_port(struct pairing *pairing, const struct cpu *cpu, bool out)
{
    struct trace_element *open = pairing_open(pairing, cpu->vcpu, EXIT_REASON_IO_INSTRUCTION);

    if (!open)
        return;
    pairing_slot(open, 1, cpu->stream.word[0]);
    pairing_slot(open, out ? 2 : 3, cpu->stream.word[1]);
}

/* In a trace that vexit exported: the reason that xenalyze does not know. */
static void take_own(struct pairing *pairing, const struct cpu *cpu)
{
    uint32_t reason = cpu->stream.word[0] - XENTRACE_OWN_MSR;
    struct trace_element *open = pairing_open(pairing, cpu->vcpu, XENTRACE_OTHER_REASON);

    if (open && reason < EXIT_REASONS)
        open->reason = reason;
}

/* What Xen traced of the handling of an exit. */
static void take_handler(struct pairing *pairing, const struct cpu *cpu)
{
    const struct xen_stream *stream = &cpu->stream;
    const uint32_t *word = stream->word;
    bool wide = stream->event & HANDLER_64;
    uint64_t value = wide ? word64(stream, 1) : word[1];

    if (stream->event == HANDLER + IOPORT_WRITE) {
        take_port(pairing, cpu, true);
        return;
    }
    switch (stream->event - HANDLER - (wide ? HANDLER_64 : 0)) {
    case IOPORT_READ:
        take_port(pairing, cpu, false);
        break;
    case CR_READ:
    case CR_WRITE:
        take_slots(pairing, cpu, EXIT_REASON_CR_ACCESS, 3,
                   (uint64_t[]){ (stream->event & 0xff) == CR_READ ? 0x10 : 0, word[0], value });
        break;
    case CLTS:
        take_slots(pairing, cpu, EXIT_REASON_CR_ACCESS, 1, (uint64_t[]){ 0x20 });
        break;
    case LMSW:
        take_slots(pairing, cpu, EXIT_REASON_CR_ACCESS, 3,
                   (uint64_t[]){ 0x30, 0, wide ? word64(stream, 0) : word[0] });
        break;
    case DR_READ:
    case DR_WRITE:
        take_slots(pairing, cpu, EXIT_REASON_DR_ACCESS, 1,
                   (uint64_t[]){ (stream->event & 0xff) == DR_READ ? 0x10 : 0 });
        break;
    case MSR_READ:
    case MSR_WRITE:
        take_own(pairing, cpu);
        take_slots(pairing, cpu,
                   (stream->event & 0xff) == MSR_READ ? EXIT_REASON_MSR_READ
                                                      : EXIT_REASON_MSR_WRITE,
                   3, (uint64_t[]){ word[0], word[1], word[2] });
        break;
    case CPUID:
        take_slots(pairing, cpu, EXIT_REASON_CPUID, 4,
                   (uint64_t[]){ word[0], word[1], word64(stream, 2), word64(stream, 4) });
        break;
    case INTR:
        take_slots(pairing, cpu, EXIT_REASON_EXTERNAL_INTERRUPT, 1, (uint64_t[]){ word[0] });
        break;
    case VMMCALL:
        take_slots(pairing, cpu, EXIT_REASON_VMCALL, 1, (uint64_t[]){ word[0] });
        break;
    case NPF:
        take_slots(pairing, cpu, EXIT_REASON_EPT_VIOLATION, 1, (uint64_t[]){ word64(stream, 0) });
        break;
    default:
        break;
    }
}

/* Lost on a CPU while this domain ran there: count, domain and vCPU, the first one's time. */
static void take_lost(struct conversion *conversion, const struct cpu *cpu)
{
    const struct xen_stream *stream = &cpu->stream;
    uint32_t domain = stream->word[1] & 0xffff, vcpu = stream->word[1] >> 16;

    if (domain == conversion->chosen || cpu->domain == conversion->chosen)
        pairing_lost(&conversion->import->pairing, domain == conversion->chosen ? vcpu : cpu->vcpu,
                     word64(stream, 2), stream->word[0]);
}

static void take_record(struct conversion *conversion, struct cpu *cpu)
{
    struct pairing *pairing = &conversion->import->pairing;
    uint32_t event = cpu->stream.event;

    if (is_runstate(event))
        take_runstate(cpu);
    else if (event == LOST)
        take_lost(conversion, cpu);
    if (cpu->domain != conversion->chosen)
        return;
    if (event == VMEXIT || event == VMEXIT64)
        take_exit(pairing, cpu);
    else if (event == VMENTRY)
        pairing_entry(pairing, cpu->vcpu, cpu->stream.time);
    else if ((event & ~(uint32_t)0xfff) == HANDLER)
        take_handler(pairing, cpu);
}

/* The CPU whose next record is the earliest; NULL at the end. */
static struct cpu *earliest(struct conversion *conversion)
{
    struct cpu *found = NULL;

    for (unsigned i = 0; i < conversion->cpus; i++) {
        struct cpu *cpu = &conversion->cpu[i];

        if (cpu->more && (!found || cpu->stream.time < found->stream.time))
            found = cpu;
    }
    return found;
}

static void convert(struct conversion *conversion)
{
    struct cpu *cpu;

    for (unsigned i = 0; i < conversion->cpus; i++)
        conversion->cpu[i].more = xen_stream_next(&conversion->cpu[i].stream);
    while ((cpu = earliest(conversion))) {
        take_record(conversion, cpu);
        cpu->more = xen_stream_next(&cpu->stream);
    }
    pairing_end(&conversion->import->pairing);
    if (conversion->cut)
        import_miss(conversion->import, "the file breaks off, or goes on with what is no record");
    for (unsigned i = 0; i < conversion->cpus; i++)
        if (conversion->cpu[i].stream.damaged)
            import_miss(conversion->import, "a record of CPU %" PRIu32 " goes beyond its window",
                        conversion->cpu[i].stream.cpu);
}

static bool run(struct conversion *conversion)
{
    char origin[80] = "imported from xentrace";

    if (!find_cpus(conversion))
        return false;
    survey(conversion);
    if (!check(conversion))
        return false;
    conversion->chosen = conversion->domain[0].domain;
    if (conversion->chosen != NO_DOMAIN)
        snprintf(origin, sizeof(origin), "imported from xentrace: domain %" PRIu32,
                 conversion->chosen);
    import_begin(conversion->import, origin, conversion->domain[0].vcpus, 0);
    convert(conversion);
    return true;
}

bool import_xentrace(struct import *import, struct bytes file)
{
    struct conversion *conversion = calloc(1, sizeof(*conversion));

    if (!conversion)
        return import_fail(import, "out of memory");
    conversion->import = import;
    conversion->file = file;

    bool made = run(conversion);

    free(conversion);
    return made;
}
