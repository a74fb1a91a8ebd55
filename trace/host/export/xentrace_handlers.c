/* SPDX-License-Identifier: MIT */
/* Xen's records of how exits were handled. */
#include "trace/host/export/xentrace_handlers.h"

#include "trace/exit_reasons.h"
#include "trace/host/export/xentrace_own.h"

/* Xen: xen/include/public/trace.h */
enum {
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
};

void xentrace_put_header(struct packed *bytes, uint32_t event, unsigned words)
{
    pack_u32(bytes, event | words << 28);
}

static uint64_t slot(const struct trace_element *element, int i)
{
    return element->written & 1 << i ? element->slot[i] : 0;
}

static void put_msr(struct packed *bytes, uint32_t event, uint64_t number, uint64_t value)
{
    xentrace_put_header(bytes, event, 3);
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
        xentrace_put_header(bytes, TRC_NMI, 0);
        return;
    }
    xentrace_put_header(bytes, TRC_TRAP, 1);
    pack_u32(bytes, vector);
}

/* Slot 1: bits 5:4 of the qualification, MOV to CR, MOV from CR, CLTS, LMSW. */
static void put_cr(struct packed *bytes, const struct trace_element *element)
{
    static const uint32_t events[] = { TRC_CR_WRITE64, TRC_CR_READ64, TRC_CLTS, TRC_LMSW64 };
    unsigned type = slot(element, 1) >> 4 & 3;

    if (type == 2) {
        xentrace_put_header(bytes, TRC_CLTS, 0);
        return;
    }
    xentrace_put_header(bytes, events[type], type == 3 ? 2 : 3);
    if (type != 3)
        pack_u32(bytes, slot(element, 2) & 15); /* as many CRs as there can be */
    pack_u64(bytes, slot(element, 3));
}

static void put_io(struct packed *bytes, const struct trace_element *element)
{
    enum { QUALIFICATION_IN = 8 };
    bool in = element->qualification & QUALIFICATION_IN;

    xentrace_put_header(bytes, in ? TRC_IOPORT_READ : TRC_IOPORT_WRITE, 2);
    pack_u32(bytes, slot(element, 1));
    pack_u32(bytes, slot(element, in ? 3 : 2));
}

static void put_cpuid(struct packed *bytes, const struct trace_element *element)
{
    xentrace_put_header(bytes, TRC_CPUID, 6);
    pack_u32(bytes, slot(element, 1));
    pack_u32(bytes, slot(element, 2));
    pack_u64(bytes, slot(element, 3));
    pack_u64(bytes, slot(element, 4));
}

static void put_ept(struct packed *bytes, const struct trace_element *element)
{
    xentrace_put_header(bytes, TRC_NPF, 6);
    pack_u64(bytes, slot(element, 1));
    pack_u64(bytes, slot(element, 1) >> 12); /* memory is mapped at its own address */
    pack_u32(bytes, element->qualification);
    pack_u32(bytes, 0);
}

static void put_word(struct packed *bytes, uint32_t event, uint64_t word)
{
    xentrace_put_header(bytes, event, 1);
    pack_u32(bytes, word);
}

/* MSR_READ and MSR_WRITE: slots ecx, eax, edx. */
static void put_msr_exit(struct packed *bytes, const struct trace_element *element, uint32_t event)
{
    put_msr(bytes, event, slot(element, 1), slot(element, 3) << 32 | (uint32_t)slot(element, 2));
}

void xentrace_put_handler(struct packed *bytes, const struct trace_element *element)
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
        xentrace_put_header(bytes, TRC_INVLPG64, 3);
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
