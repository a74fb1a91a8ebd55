/* SPDX-License-Identifier: MIT */
/*
 * Xen's trace records, as xentrace writes them and xenalyze reads them: a vCPU is vCPU N of domain
 * 1, always on processor N, whose records come in windows.
 *
 * xenalyze knows the exit reasons up to 55 and stops at one above. Those are told as reason 42, which
 * no processor has, and counted by their number where xenalyze counts guest interrupts by vector;
 * no interrupt that the VMM injects is in a trace, so nothing else is there.
 */
#include <stdlib.h>

#include "trace/exit_reasons.h"
#include "trace/host/export/exporter.h"
#include "trace/host/export/file_target.h"
#include "trace/host/export/pack.h"
#include "trace/host/export/xentrace_handlers.h"
#include "trace/host/export/xentrace_own.h"

/* Xen: xen/include/public/trace.h */
enum {
    TRC_LOST_RECORDS = 0x1f001,
    TRC_CPU_CHANGE = 0x1f003,
    TRC_RUNNABLE_TO_RUNNING = 0x21101,
    TRC_VMENTRY = 0x81001,
    TRC_VMEXIT64 = 0x81102,
    TRC_INJECT_VIRQ = 0x82004,
};

enum {
    DOMAIN = 1,
    LAST_KNOWN_REASON = EXIT_REASON_XSETBV,
    WINDOW = 64 * 1024,
    WINDOW_HEADER = 12,
    EXIT_MAX = 24 + 12 + 28 + 12, /* an exit, what it is counted by, its handler, the entry */
};
#define HAS_CYCLES 0x80000000u

struct xentrace_cpu {
    struct packed window; /* its header is filled in when it is full */
    uint8_t bytes[WINDOW];
};

struct xentrace {
    struct file_target to;
    struct xentrace_cpu *cpu[EXPORT_VCPUS];
};

/* A record's beginning, with a stamp. */
static void put_stamped(struct packed *bytes, uint32_t event, unsigned words, uint64_t tsc)
{
    xentrace_put_header(bytes, event | HAS_CYCLES, words);
    pack_u64(bytes, tsc);
}

/* Windows */

static void write_window(struct xentrace *state, uint16_t vcpu)
{
    struct packed *window = &state->cpu[vcpu]->window;
    struct packed header = { .at = window->at };

    if (window->used == WINDOW_HEADER)
        return;
    xentrace_put_header(&header, TRC_CPU_CHANGE, 2);
    pack_u32(&header, vcpu);
    pack_u32(&header, window->used - WINDOW_HEADER);
    export_file_write(&state->to.file, window->at, window->used);
    window->used = WINDOW_HEADER;
}

/* Room for n bytes of a vCPU whose first stamp is this. NULL without memory. */
static struct packed *room(struct xentrace *state, uint16_t vcpu, size_t n, uint64_t tsc)
{
    struct xentrace_cpu *cpu = state->cpu[vcpu];

    if (!cpu) {
        cpu = state->cpu[vcpu] = calloc(1, sizeof(*cpu));
        if (!cpu) {
            export_fail(state->to.file.path, state->to.run->failed);
            return NULL;
        }
        cpu->window = (struct packed){ .at = cpu->bytes, .used = WINDOW_HEADER };
        put_stamped(&cpu->window, TRC_RUNNABLE_TO_RUNNING, 1, tsc);
        pack_u32(&cpu->window, DOMAIN << 16 | vcpu);
    }
    if (cpu->window.used + n > WINDOW)
        write_window(state, vcpu);
    return &cpu->window;
}

/* Elements */

/* xenalyze stops at an address that no processor with 48-bit addresses has. */
static uint64_t canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16);
}

static void put_exit(void *context, const struct trace_element *element)
{
    struct packed *bytes = room(context, element->vcpu, EXIT_MAX, element->exit_tsc);
    uint32_t reason = element->reason & EXIT_REASON_BASIC;
    bool known = reason <= LAST_KNOWN_REASON && reason != XENTRACE_OTHER_REASON;

    if (!bytes)
        return;
    put_stamped(bytes, TRC_VMEXIT64, 3, element->exit_tsc);
    pack_u32(bytes, known ? reason : XENTRACE_OTHER_REASON);
    pack_u64(bytes, canonical(element->rip));
    if (!known) {
        xentrace_put_header(bytes, TRC_INJECT_VIRQ, 2);
        pack_u32(bytes, reason);
        pack_u32(bytes, 0);
    }
    xentrace_put_handler(bytes, element);
    /* An exit that ended the run has an entry too, as xenalyze counts the exit with it. */
    put_stamped(bytes, TRC_VMENTRY, 0,
                element->kind == TRACE_EXIT_ONLY ? element->exit_tsc : element->entry_tsc);
}

/* The format has no place for what a guest says. */
static void put_marker(void *context, const struct trace_element *element)
{
    (void)context;
    (void)element;
}

static void put_loss(void *context, const struct export_loss *loss)
{
    enum { LOST = 28 };
    struct packed *bytes = room(context, loss->vcpu, LOST, loss->since);

    if (!bytes)
        return;
    put_stamped(bytes, TRC_LOST_RECORDS, 4, loss->until);
    pack_u32(bytes, loss->records < UINT32_MAX ? loss->records : UINT32_MAX);
    pack_u16(bytes, DOMAIN);
    pack_u16(bytes, loss->vcpu);
    /* xenalyze ends a loss only with a stamp that is later. */
    pack_u64(bytes, loss->since < loss->until ? loss->since : loss->until - 1);
}

static void *begin(const char *path, const struct export_run *run)
{
    return file_target_begin(sizeof(struct xentrace), path, run);
}

static void end(void *context)
{
    struct xentrace *state = context;

    for (uint16_t i = 0; i < EXPORT_VCPUS; i++)
        if (state->cpu[i]) {
            write_window(state, i);
            free(state->cpu[i]);
        }
    export_file_close(&state->to.file);
    free(state);
}

const struct exporter xentrace_exporter = { begin, put_exit, put_marker, put_loss, end };
