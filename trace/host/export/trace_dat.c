/* SPDX-License-Identifier: MIT */
/*
 * trace.dat, version 6, as trace-cmd writes it: a vCPU is a CPU, whose records stand in pages of
 * ftrace's ring buffer. All pages of a CPU follow each other in the file and the header says where,
 * so each vCPU's pages wait in an unnamed file of their own until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/export/exporter.h"
#include "trace/host/export/file_target.h"
#include "trace/host/export/kvm_events.h"

/* Linux: include/linux/ring_buffer.h, kernel/trace/ring_buffer.c */
enum {
    PAGE = 4096,
    PAGE_HEADER = 16,                /* u64 stamp, u64 commit: bytes of data and flags */
    PAGE_FULL = PAGE - 8,            /* leaves room for a count of lost records */
    TYPE_TIME_EXTEND = 30,           /* the delta's upper bits are in the next word */
    DELTA_BITS = 27,                 /* of a record's own */
    RECORD_MAX = 8 + 4 + KVM_RECORD, /* with a time extension and its header */
    THREAD = 1000,                   /* pid of vCPU 0's thread */
};
#define COMMIT_MISSED         (1ull << 31)
#define COMMIT_MISSED_COUNTED (1ull << 30)

struct trace_dat_cpu {
    struct export_file pages;
    uint64_t first, last; /* stamps in the page */
    bool missed;          /* records before the page: so many, 0 where nobody knows */
    uint64_t missed_records;
    size_t used; /* of the page, header included; 0: not begun */
    uint8_t page[PAGE];
};

struct trace_dat {
    struct file_target to;
    struct trace_dat_cpu *cpu[EXPORT_VCPUS];
};

static void close_page(struct trace_dat_cpu *cpu)
{
    struct packed header = { .at = cpu->page };
    uint64_t commit = cpu->used - PAGE_HEADER;

    if (!cpu->used)
        return;
    if (cpu->missed) {
        commit |= COMMIT_MISSED;
        if (cpu->missed_records) {
            struct packed count = { .at = cpu->page, .used = cpu->used };

            commit |= COMMIT_MISSED_COUNTED;
            pack_u64(&count, cpu->missed_records);
        }
    }
    pack_u64(&header, cpu->first);
    pack_u64(&header, commit);
    export_file_write(&cpu->pages, cpu->page, PAGE);
    memset(cpu->page, 0, PAGE);
    cpu->used = 0;
    cpu->missed = false;
    cpu->missed_records = 0;
}

static struct trace_dat_cpu *cpu_of(struct trace_dat *state, uint16_t vcpu)
{
    struct trace_dat_cpu **cpu = &state->cpu[vcpu];

    if (*cpu)
        return *cpu;
    *cpu = calloc(1, sizeof(**cpu));
    if (!*cpu)
        export_fail(state->to.file.path, state->to.run->failed);
    else if (!export_file_create_unnamed(&(*cpu)->pages, state->to.file.path,
                                         state->to.run->failed)) {
        free(*cpu);
        *cpu = NULL;
    }
    return *cpu;
}

/* Puts a record of n bytes, a multiple of 4, into the vCPU's page. */
static void put_record(struct trace_dat *state, uint16_t vcpu, uint64_t tsc, const uint8_t *record,
                       size_t n)
{
    struct trace_dat_cpu *cpu = cpu_of(state, vcpu);
    uint64_t ns = export_ns(state->to.run, tsc), delta;

    if (!cpu)
        return;
    if (cpu->used + RECORD_MAX > PAGE_FULL)
        close_page(cpu);
    if (!cpu->used) {
        cpu->used = PAGE_HEADER;
        cpu->first = cpu->last = ns;
    }
    delta = ns - cpu->last;
    cpu->last = ns;

    struct packed bytes = { .at = cpu->page, .used = cpu->used };

    if (delta >> DELTA_BITS) {
        pack_u32(&bytes, TYPE_TIME_EXTEND | (delta & ((1u << DELTA_BITS) - 1)) << 5);
        pack_u32(&bytes, delta >> DELTA_BITS);
        delta = 0;
    }
    pack_u32(&bytes, n / 4 | delta << 5);
    pack_bytes(&bytes, record, n);
    cpu->used = bytes.used;
}

static void *begin(const char *path, const struct export_run *run)
{
    return file_target_begin(sizeof(struct trace_dat), path, run);
}

static void put_exit(void *context, const struct trace_element *element)
{
    struct trace_dat *state = context;
    uint8_t record[KVM_RECORD];
    struct packed bytes = { .at = record };
    uint64_t until = element->kind == TRACE_EXIT_ONLY ? element->exit_tsc : element->entry_tsc;

    kvm_put_exit(&bytes, element, THREAD + element->vcpu);
    put_record(state, element->vcpu, element->exit_tsc, record, bytes.used);
    bytes.used = 0;
    kvm_put_entry(&bytes, element, THREAD + element->vcpu);
    put_record(state, element->vcpu, until, record, bytes.used);
}

static void put_marker(void *context, const struct trace_element *element)
{
    uint8_t record[KVM_RECORD];
    struct packed bytes = { .at = record };

    kvm_put_marker(&bytes, element, THREAD + element->vcpu);
    put_record(context, element->vcpu, element->exit_tsc, record, bytes.used);
}

/* A page tells what is missing before it; an event in it does too, as the page may be the last. */
static void put_loss(void *context, const struct export_loss *loss)
{
    struct trace_dat *state = context;
    struct trace_dat_cpu *cpu = cpu_of(state, loss->vcpu);
    uint8_t record[KVM_RECORD];
    struct packed bytes = { .at = record };

    if (!cpu)
        return;
    close_page(cpu);
    cpu->missed = true;
    cpu->missed_records = loss->records;
    kvm_put_loss(&bytes, loss, THREAD + loss->vcpu);
    put_record(state, loss->vcpu, loss->until, record, bytes.used);
}

static void write_threads(struct trace_dat *state, FILE *to)
{
    char *text = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&text, &n);

    if (!memory)
        return;
    for (int i = 0; i < EXPORT_VCPUS; i++)
        if (state->cpu[i])
            fprintf(memory, "%d vcpu%d\n", THREAD + i, i);
    fclose(memory);
    kvm_write_number(to, n, 8);
    fwrite(text, 1, n, to);
    free(text);
}

static uint64_t page_up(uint64_t offset)
{
    return (offset + PAGE - 1) & ~(uint64_t)(PAGE - 1);
}

/* All before the pages: cpus says where each one's are. */
static void write_header(struct trace_dat *state, FILE *to, unsigned cpus)
{
    uint64_t offset;

    kvm_write_formats(to, "6", state->to.run->schema);
    write_threads(state, to);
    kvm_write_number(to, cpus, 4);
    fwrite("flyrecord", 1, sizeof("flyrecord"), to);
    offset = page_up((uint64_t)ftell(to) + 16 * cpus);
    for (unsigned i = 0; i < cpus; i++) {
        uint64_t size = state->cpu[i] ? state->cpu[i]->pages.size : 0;

        kvm_write_number(to, offset, 8);
        kvm_write_number(to, size, 8);
        offset += size;
    }
    while ((uint64_t)ftell(to) % PAGE)
        fputc(0, to);
}

static void end(void *context)
{
    struct trace_dat *state = context;
    char *header = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&header, &n);
    unsigned cpus = 1;

    for (unsigned i = 0; i < EXPORT_VCPUS; i++)
        if (state->cpu[i]) {
            cpus = i + 1;
            close_page(state->cpu[i]);
        }
    if (memory) {
        write_header(state, memory, cpus);
        fclose(memory);
        export_file_write(&state->to.file, header, n);
        free(header);
    } else {
        export_fail(state->to.file.path, state->to.run->failed);
    }
    for (unsigned i = 0; i < cpus; i++)
        if (state->cpu[i]) {
            export_file_append(&state->to.file, &state->cpu[i]->pages);
            export_file_close(&state->cpu[i]->pages);
            free(state->cpu[i]);
        }
    export_file_close(&state->to.file);
    free(state);
}

const struct exporter trace_dat_exporter = { begin, put_exit, put_marker, put_loss, end };
