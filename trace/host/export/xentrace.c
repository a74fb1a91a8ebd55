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
#include "trace/host/export/xentrace_own.h"

/* Xen: xen/include/public/trace.h */
enum {
    TRC_LOST_RECORDS = 0x1f001,
    TRC_CPU_CHANGE = 0x1f003,
    TRC_RUNNABLE_TO_RUNNING = 0x21101,
    TRC_VMENTRY = 0x81001,
    TRC_VMEXIT64 = 0x81102,
    TRC_HANDLER = 0x82000,
    TRC_TRAP = TRC_HANDLER + 0x23,
    TRC_CR_READ64 = TRC_HANDLER + 0x108,
    TRC_CR_WRITE64 = TRC_HANDLER + 0x109,
    TRC_DR_READ = TRC_HANDLER + 0x0a,
    TRC_DR_WRITE = TRC_HANDLER + 0x0b,
    TRC_MSR_READ = TRC_HANDLER + 0x0c,
    TRC_MSR_WRITE = TRC_HANDLER + 0x0d,
    TRC_CPUID = TRC_HANDLER + 0x0e,
    TRC_INTR = TRC_HANDLER + 0x0f,
    TRC_NMI = TRC_HANDLER + 0x10,
    TRC_VMMCALL = TRC_HANDLER + 0x12,
    TRC_HLT = TRC_HANDLER + 0x13,
    TRC_INVLPG64 = TRC_HANDLER + 0x114,
    TRC_IOPORT_READ = TRC_HANDLER + 0x16,
    TRC_IOPORT_WRITE = TRC_HANDLER + 0x216,
    TRC_CLTS = TRC_HANDLER + 0x18,
    TRC_LMSW64 = TRC_HANDLER + 0x119,
    TRC_NPF = TRC_HANDLER + 0x21,
    TRC_INJECT_VIRQ = TRC_HANDLER + 0x04,
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

/* `words` 32-bit words follow, behind the stamp if there is one. */
static void put_header(struct packed *bytes, uint32_t event, unsigned words)
{
    pack_u32(bytes, event | words << 28);
}

static void put_stamped(struct packed *bytes, uint32_t event, unsigned words, uint64_t tsc)
{
    put_header(bytes, event | HAS_CYCLES, words);
    pack_u64(bytes, tsc);
}

/* Windows */

static void write_window(struct xentrace *state, uint16_t vcpu)
{
    struct packed *window = &state->cpu[vcpu]->window;
    struct packed header = { .at = window->at };

    if (window->used == WINDOW_HEADER)
        return;
    put_header(&header, TRC_CPU_CHANGE, 2);
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

/* Handlers */

static uint64_t slot(const struct trace_element *element, int i)
{
    return element->written & 1 << i ? element->slot[i] : 0;
}

static void put_msr(struct packed *bytes, uint32_t event, uint64_t number, uint64_t value)
{
    put_header(bytes, event, 3);
    pack_u32(bytes, number);
    pack_u64(bytes, value);
}

/* For exits of which Xen has no handler record: xenalyze sums up nothing for this one. */
static void put_own(struct packed *bytes, const struct trace_element *element)
{
    put_msr(bytes, TRC_MSR_READ, XENTRACE_OWN_MSR + (element->reason & EXIT_REASON_BASIC),
            slot(element, 1));
}

static void put_exception(struct packed *bytes, const struct trace_element *element)
{
    enum { VECTOR_NMI = 2 };
    uint64_t vector = slot(element, 1);

    if (vector == VECTOR_NMI) {
        put_header(bytes, TRC_NMI, 0);
        return;
    }
    put_header(bytes, TRC_TRAP, 1);
    pack_u32(bytes, vector);
}

/* Slot 1: bits 5:4 of the qualification, MOV to CR, MOV from CR, CLTS, LMSW. */
static void put_cr(struct packed *bytes, const struct trace_element *element)
{
    static const uint32_t events[] = { TRC_CR_WRITE64, TRC_CR_READ64, TRC_CLTS, TRC_LMSW64 };
    unsigned type = slot(element, 1) >> 4 & 3;

    if (type == 2) {
        put_header(bytes, TRC_CLTS, 0);
        return;
    }
    put_header(bytes, events[type], type == 3 ? 2 : 3);
    if (type != 3)
        pack_u32(bytes, slot(element, 2) & 15); /* as many CRs as there can be */
    pack_u64(bytes, slot(element, 3));
}

static void put_io(struct packed *bytes, const struct trace_element *element)
{
    enum { QUALIFICATION_IN = 8 };
    bool in = element->qualification & QUALIFICATION_IN;

    put_header(bytes, in ? TRC_IOPORT_READ : TRC_IOPORT_WRITE, 2);
    pack_u32(bytes, slot(element, 1));
    pack_u32(bytes, slot(element, in ? 3 : 2));
}

static void put_cpuid(struct packed *bytes, const struct trace_element *element)
{
    put_header(bytes, TRC_CPUID, 6);
    pack_u32(bytes, slot(element, 1));
    pack_u32(bytes, slot(element, 2));
    pack_u64(bytes, slot(element, 3));
    pack_u64(bytes, slot(element, 4));
}

static void put_ept(struct packed *bytes, const struct trace_element *element)
{
    put_header(bytes, TRC_NPF, 6);
    pack_u64(bytes, slot(element, 1));
    pack_u64(bytes, slot(element, 1) >> 12); /* memory is mapped at its own address */
    pack_u32(bytes, element->qualification);
    pack_u32(bytes, 0);
}

static void put_word(struct packed *bytes, uint32_t event, uint64_t word)
{
    put_header(bytes, event, 1);
    pack_u32(bytes, word);
}

/* MSR_READ and MSR_WRITE: slots ecx, eax, edx. */
static void put_msr_exit(struct packed *bytes, const struct trace_element *element, uint32_t event)
{
    put_msr(bytes, event, slot(element, 1), slot(element, 3) << 32 | (uint32_t)slot(element, 2));
}

/* Which handler dealt with the exit, as xenalyze's summary asks for. */
static void put_handler(struct packed *bytes, const struct trace_element *element)
{
    switch (element->reason & EXIT_REASON_BASIC) {
    case EXIT_REASON_EXCEPTION_NMI:
        put_exception(bytes, element);
        break;
    case EXIT_REASON_EXTERNAL_INTERRUPT:
        put_word(bytes, TRC_INTR, slot(element, 1));
        break;
    case EXIT_REASON_CPUID:
        put_cpuid(bytes, element);
        break;
    case EXIT_REASON_HLT:
        put_word(bytes, TRC_HLT, 0);
        break;
    case EXIT_REASON_INVLPG:
        put_header(bytes, TRC_INVLPG64, 3);
        pack_u32(bytes, 0);
        pack_u64(bytes, slot(element, 4));
        break;
    case EXIT_REASON_VMCALL:
        put_word(bytes, TRC_VMMCALL, slot(element, 1));
        break;
    case EXIT_REASON_CR_ACCESS:
        put_cr(bytes, element);
        break;
    case EXIT_REASON_DR_ACCESS:
        put_word(bytes, slot(element, 1) ? TRC_DR_READ : TRC_DR_WRITE, slot(element, 2));
        break;
    case EXIT_REASON_IO_INSTRUCTION:
        put_io(bytes, element);
        break;
    case EXIT_REASON_MSR_READ:
        put_msr_exit(bytes, element, TRC_MSR_READ);
        break;
    case EXIT_REASON_MSR_WRITE:
        put_msr_exit(bytes, element, TRC_MSR_WRITE);
        break;
    case EXIT_REASON_EPT_VIOLATION:
        put_ept(bytes, element);
        break;
    default:
        put_own(bytes, element);
    }
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
        put_header(bytes, TRC_INJECT_VIRQ, 2);
        pack_u32(bytes, reason);
        pack_u32(bytes, 0);
    }
    put_handler(bytes, element);
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
