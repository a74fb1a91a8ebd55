/* SPDX-License-Identifier: MIT */
/* Makes a log of a KVM trace of trace-cmd. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/exit_reasons.h"
#include "trace/host/import/import.h"
#include "trace/host/import/kvm_events.h"
#include "trace/host/import/ring_pages.h"

enum {
    THREADS = 4096, /* places for threads that run vCPUs */
    NO_VCPU = -1,
    SVM = 2,             /* kvm_exit's isa: an AMD processor */
    HAS_ERROR = 1 << 11, /* of the interruption information */
};

/* A thread that enters guests: one of them runs one vCPU. */
struct thread {
    bool used;
    uint32_t pid;
    int32_t vcpu; /* NO_VCPU: not known yet */
    uint64_t exits;
};

/* A CPU's events, the next one read ahead. */
struct stream {
    struct ring_pages ring;
    enum ring_event next;
    int32_t vcpu;    /* that ran last on this CPU */
    uint64_t missed; /* events lost before any vCPU was seen */
};

struct conversion {
    struct import *import;
    struct trace_dat dat;
    struct kvm_events events;
    struct stream *stream;
    unsigned threads;
    struct thread thread[THREADS];
    uint32_t vcpus; /* the highest number, and one */
    uint64_t exits;
    bool foreign; /* exits of an AMD processor */
};

/* The thread's place; NULL where there are too many. */
static struct thread *thread_of(struct conversion *conversion, uint32_t pid)
{
    uint32_t i = pid % THREADS;

    while (conversion->thread[i].used && conversion->thread[i].pid != pid)
        i = (i + 1) % THREADS;
    if (!conversion->thread[i].used) {
        if (conversion->threads == THREADS / 2)
            return NULL;
        conversion->threads++;
        conversion->thread[i] = (struct thread){ .used = true, .pid = pid, .vcpu = NO_VCPU };
    }
    return &conversion->thread[i];
}

/* The vCPU of an entry or exit: older kernels tell it at the entry only. */
static int32_t vcpu_of(const struct conversion *conversion, const struct thread *thread,
                       enum kvm_event event, const uint64_t *value)
{
    if (!conversion->events.event[event].field[0].size)
        return thread->vcpu;
    return value[0] < INT32_MAX ? (int32_t)value[0] : NO_VCPU;
}

/* First all is looked through for which vCPUs there are, and whose */

static void survey_event(struct conversion *conversion, const struct ring_pages *ring)
{
    uint64_t value[KVM_FIELDS];
    uint32_t pid;
    enum kvm_event event =
        kvm_events_read(&conversion->events, ring->event, ring->size, &pid, value);
    struct thread *thread;

    if ((event != KVM_ENTRY && event != KVM_EXIT) || !import_chosen(conversion->import, pid) ||
        !(thread = thread_of(conversion, pid)))
        return;

    int32_t vcpu = vcpu_of(conversion, thread, event, value);

    if (vcpu != NO_VCPU)
        thread->vcpu = vcpu;
    if (event == KVM_ENTRY)
        return;
    thread->exits++;
    conversion->exits++;
    conversion->foreign |= value[EXIT_ISA] == SVM;
}

static void survey(struct conversion *conversion)
{
    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        struct ring_pages ring;
        enum ring_event next;

        ring_pages_begin(&ring, &conversion->dat, &conversion->dat.cpu[i]);
        while ((next = ring_pages_next(&ring)) != RING_OVER)
            if (next == RING_EVENT)
                survey_event(conversion, &ring);
        ring_pages_end(&ring);
    }
}

/* Two threads that run a vCPU of the same number belong to two machines. */
static bool ambiguous(const struct conversion *conversion)
{
    bool seen[END_VCPUS] = { false };

    for (unsigned i = 0; i < THREADS; i++) {
        const struct thread *thread = &conversion->thread[i];

        if (!thread->exits || thread->vcpu < 0 || thread->vcpu >= END_VCPUS)
            continue;
        if (seen[thread->vcpu])
            return true;
        seen[thread->vcpu] = true;
    }
    return false;
}

static bool tell_threads(const struct conversion *conversion)
{
    char list[360], name[20];
    size_t used = 0;

    for (unsigned i = 0; i < THREADS && used < sizeof(list) - 80; i++) {
        const struct thread *thread = &conversion->thread[i];

        if (!thread->exits)
            continue;
        trace_dat_name(&conversion->dat, thread->pid, name, sizeof(name));
        used += (size_t)snprintf(list + used, sizeof(list) - used,
                                 "%s%" PRIu32 " (%s): vcpu%" PRId32 ", %" PRIu64 " exits",
                                 used ? "; " : "", thread->pid, name, thread->vcpu, thread->exits);
    }
    return import_fail(conversion->import,
                       "several virtual machines; choose the threads of one by --pid=PID,...: %s",
                       list);
}

static bool check(struct conversion *conversion)
{
    struct import *import = conversion->import;

    if (conversion->foreign)
        return import_fail(import, "exits of an AMD processor, whose reasons are not Intel's");
    if (!conversion->exits)
        return import_fail(import, "no kvm_exit event%s",
                           import->options->chosen ? " of these threads" : "");
    if (ambiguous(conversion))
        return tell_threads(conversion);
    for (unsigned i = 0; i < THREADS; i++) {
        const struct thread *thread = &conversion->thread[i];

        if (thread->exits && thread->vcpu >= (int32_t)conversion->vcpus)
            conversion->vcpus = (uint32_t)thread->vcpu + 1;
    }
    return true;
}

/* Then the events of all CPUs are taken in the order of their times */

static void take_exit(struct conversion *conversion, uint32_t vcpu, uint64_t time,
                      const uint64_t *value)
{
    uint32_t reason = (uint32_t)value[EXIT_REASON], info = (uint32_t)value[EXIT_INTR_INFO];
    struct pairing *pairing = &conversion->import->pairing;
    struct trace_element *open;

    pairing_exit(pairing, vcpu, time, reason, value[EXIT_RIP], value[EXIT_INFO1]);
    open = pairing_open(pairing, vcpu, reason & EXIT_REASON_BASIC);
    if (!open || !(info & 1u << 31))
        return;
    if ((reason & EXIT_REASON_BASIC) == EXIT_REASON_EXTERNAL_INTERRUPT)
        pairing_slot(open, 1, info & 0xff);
    if ((reason & EXIT_REASON_BASIC) != EXIT_REASON_EXCEPTION_NMI)
        return;
    pairing_slot(open, 1, info & 0xff);
    if (info & HAS_ERROR)
        pairing_slot(open, 3, value[EXIT_ERROR_CODE]);
    if ((info & 0xff) == 14)
        pairing_slot(open, 4, value[EXIT_INFO1]);
}

/* What KVM traced of the handling of an exit. */
static void take_detail(struct pairing *pairing, uint32_t vcpu, enum kvm_event event,
                        const uint64_t *value)
{
    struct trace_element *open;

    switch (event) {
    case KVM_CPUID:
        open = pairing_open(pairing, vcpu, EXIT_REASON_CPUID);
        if (!open)
            return;
        pairing_slot(open, 1, value[CPUID_LEAF]);
        pairing_slot(open, 2, value[CPUID_SUBLEAF]);
        pairing_slot(open, 3, (uint32_t)value[CPUID_EAX] | value[CPUID_EBX] << 32);
        pairing_slot(open, 4, (uint32_t)value[CPUID_ECX] | value[CPUID_EDX] << 32);
        return;
    case KVM_MSR:
        open = pairing_open(pairing, vcpu,
                            value[MSR_WRITE] ? EXIT_REASON_MSR_WRITE : EXIT_REASON_MSR_READ);
        if (!open)
            return;
        pairing_slot(open, 1, value[MSR_ECX]);
        pairing_slot(open, 2, (uint32_t)value[MSR_DATA]);
        pairing_slot(open, 3, value[MSR_DATA] >> 32);
        if (value[MSR_FAULT])
            pairing_slot(open, 4, value[MSR_FAULT]);
        return;
    case KVM_PIO:
        open = pairing_open(pairing, vcpu, EXIT_REASON_IO_INSTRUCTION);
        if (!open)
            return;
        pairing_slot(open, 1, value[PIO_PORT]);
        pairing_slot(open, value[PIO_OUT] ? 2 : 3, value[PIO_VALUE]);
        return;
    case KVM_CR:
        open = pairing_open(pairing, vcpu, EXIT_REASON_CR_ACCESS);
        if (!open)
            return;
        pairing_slot(open, 2, value[CR_NUMBER]);
        pairing_slot(open, 3, value[CR_VALUE]);
        return;
    case KVM_PAGE_FAULT:
        open = pairing_open(pairing, vcpu, EXIT_REASON_EPT_VIOLATION);
        if (!open)
            open = pairing_open(pairing, vcpu, EXIT_REASON_EPT_MISCONFIG);
        if (open)
            pairing_slot(open, 1, value[FAULT_ADDRESS]);
        return;
    case KVM_HYPERCALL:
        open = pairing_open(pairing, vcpu, EXIT_REASON_VMCALL);
        if (!open)
            return;
        pairing_slot(open, 1, value[CALL_NUMBER]);
        pairing_slot(open, 2, value[CALL_A0]);
        pairing_slot(open, 3, value[CALL_A1]);
        return;
    default:
        return;
    }
}

/* Events that were lost are told once it is known whose they may be. */
static void take_missed(struct conversion *conversion, struct stream *stream)
{
    if (stream->vcpu == NO_VCPU || !stream->missed)
        return;
    pairing_lost(&conversion->import->pairing, (uint32_t)stream->vcpu, stream->ring.time,
                 stream->missed);
    stream->missed = 0;
}

static void take_event(struct conversion *conversion, struct stream *stream)
{
    struct pairing *pairing = &conversion->import->pairing;
    const struct ring_pages *ring = &stream->ring;
    uint64_t value[KVM_FIELDS];
    uint32_t pid;
    enum kvm_event event =
        kvm_events_read(&conversion->events, ring->event, ring->size, &pid, value);
    struct thread *thread;

    if (event == KVM_OTHER || !import_chosen(conversion->import, pid) ||
        !(thread = thread_of(conversion, pid)))
        return;

    int32_t vcpu = event <= KVM_EXIT ? vcpu_of(conversion, thread, event, value) : thread->vcpu;

    if (vcpu == NO_VCPU) {
        if (event == KVM_EXIT)
            import_miss(conversion->import, "exits of a thread of which no vCPU is known");
        return;
    }
    stream->vcpu = vcpu;
    take_missed(conversion, stream);
    if (event == KVM_ENTRY)
        pairing_entry(pairing, (uint32_t)vcpu, ring->time);
    else if (event == KVM_EXIT)
        take_exit(conversion, (uint32_t)vcpu, ring->time, value);
    else
        take_detail(pairing, (uint32_t)vcpu, event, value);
}

/* The CPU whose next event is the earliest; NULL at the end. */
static struct stream *earliest(const struct conversion *conversion)
{
    struct stream *found = NULL;

    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        struct stream *stream = &conversion->stream[i];

        if (stream->next != RING_OVER && (!found || stream->ring.time < found->ring.time))
            found = stream;
    }
    return found;
}

static void convert(struct conversion *conversion)
{
    struct stream *stream;

    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        stream = &conversion->stream[i];
        stream->vcpu = NO_VCPU;
        ring_pages_begin(&stream->ring, &conversion->dat, &conversion->dat.cpu[i]);
        stream->next = ring_pages_next(&stream->ring);
    }
    while ((stream = earliest(conversion))) {
        if (stream->next == RING_EVENT) {
            take_event(conversion, stream);
        } else {
            /* Where the kernel does not tell how many were lost it is one at least. */
            stream->missed += stream->ring.missed ? stream->ring.missed : 1;
            take_missed(conversion, stream);
        }
        stream->next = ring_pages_next(&stream->ring);
    }
}

static void finish(struct conversion *conversion)
{
    uint64_t damaged = 0;

    for (unsigned i = 0; i < conversion->dat.cpus; i++) {
        struct stream *stream = &conversion->stream[i];

        if (stream->vcpu == NO_VCPU)
            stream->vcpu = 0;
        take_missed(conversion, stream);
        damaged += stream->ring.damaged;
        ring_pages_end(&stream->ring);
    }
    pairing_end(&conversion->import->pairing);
    if (conversion->dat.cut)
        import_miss(conversion->import, "the file is shorter than it says");
    if (damaged)
        import_miss(conversion->import, "%" PRIu64 " pages or chunks of pages make no sense",
                    damaged);
}

static bool run(struct conversion *conversion, struct bytes file)
{
    struct import *import = conversion->import;
    struct trace_dat *dat = &conversion->dat;
    char origin[200];

    if (!trace_dat_open(dat, file))
        return import_fail(import, "%s", dat->error);
    if (!kvm_events_begin(&conversion->events, dat))
        return import_fail(import, "no kvm_entry and kvm_exit events in it; trace-cmd records them "
                                   "by -e kvm");
    survey(conversion);
    if (!check(conversion))
        return false;
    conversion->stream = calloc(dat->cpus, sizeof(*conversion->stream));
    if (!conversion->stream)
        return import_fail(import, "out of memory");
    snprintf(origin, sizeof(origin), "imported from trace-cmd: KVM, clock %s",
             dat->clock[0] ? dat->clock : "local");
    import_begin(import, origin, conversion->vcpus, trace_dat_hz(dat));
    convert(conversion);
    finish(conversion);
    free(conversion->stream);
    return true;
}

bool import_trace_dat(struct import *import, struct bytes file)
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
