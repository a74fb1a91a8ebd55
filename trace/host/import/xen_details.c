/* SPDX-License-Identifier: MIT */
/* What Xen's records of its handlers tell of an exit, as slots of the log. */
#include "trace/host/import/xen_details.h"

#include "trace/exit_reasons.h"
#include "trace/host/export/xentrace_own.h"
#include "trace/host/import/xen_records.h"

/* Handlers, without XEN_HANDLER_64. */
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

/* Writes slots 1 to n of the vCPU's open exit, if it is of this reason. */
static void take_slots(struct pairing *pairing, uint16_t vcpu, uint32_t reason, unsigned n,
                       const uint64_t *value)
{
    struct trace_element *open = pairing_open(pairing, vcpu, reason);

    for (unsigned i = 0; open && i < n; i++)
        pairing_slot(open, i + 1, value[i]);
}

static void take_port(struct pairing *pairing, uint16_t vcpu, const struct xen_stream *stream,
                      bool out)
{
    struct trace_element *open = pairing_open(pairing, vcpu, EXIT_REASON_IO_INSTRUCTION);

    if (!open)
        return;
    pairing_slot(open, 1, stream->word[0]);
    pairing_slot(open, out ? 2 : 3, stream->word[1]);
}

/* In a trace that vexit exported: the reason that xenalyze does not know. */
static void take_own(struct pairing *pairing, uint16_t vcpu, const struct xen_stream *stream)
{
    uint32_t reason = stream->word[0] - XENTRACE_OWN_MSR;
    struct trace_element *open = pairing_open(pairing, vcpu, XENTRACE_OTHER_REASON);

    if (open && reason <= EXIT_REASON_BASIC)
        open->reason = reason;
}

/* What Xen traced of the handling of an exit. */
void xen_details(struct pairing *pairing, uint16_t vcpu, const struct xen_stream *stream)
{
    uint32_t event = stream->event & ~(uint32_t)XEN_NESTED;
    const uint32_t *word = stream->word;
    bool wide = event & XEN_HANDLER_64;
    uint64_t value = wide ? xen_word64(stream, 1) : word[1];

    if (event == XEN_HANDLER + IOPORT_WRITE) {
        take_port(pairing, vcpu, stream, true);
        return;
    }
    switch (event - XEN_HANDLER - (wide ? XEN_HANDLER_64 : 0)) {
    case IOPORT_READ:
        take_port(pairing, vcpu, stream, false);
        break;
    case CR_READ:
    case CR_WRITE:
        take_slots(pairing, vcpu, EXIT_REASON_CR_ACCESS, 3,
                   (uint64_t[]){ (event & 0xff) == CR_READ ? 0x10 : 0, word[0], value });
        break;
    case CLTS:
        take_slots(pairing, vcpu, EXIT_REASON_CR_ACCESS, 1, (uint64_t[]){ 0x20 });
        break;
    case LMSW:
        take_slots(pairing, vcpu, EXIT_REASON_CR_ACCESS, 3,
                   (uint64_t[]){ 0x30, 0, wide ? xen_word64(stream, 0) : word[0] });
        break;
    case DR_READ:
    case DR_WRITE:
        take_slots(pairing, vcpu, EXIT_REASON_DR_ACCESS, 1,
                   (uint64_t[]){ (event & 0xff) == DR_READ ? 0x10 : 0 });
        break;
    case MSR_READ:
    case MSR_WRITE:
        take_own(pairing, vcpu, stream);
        take_slots(pairing, vcpu,
                   (event & 0xff) == MSR_READ ? EXIT_REASON_MSR_READ : EXIT_REASON_MSR_WRITE, 3,
                   (uint64_t[]){ word[0], word[1], word[2] });
        break;
    case CPUID:
        take_slots(pairing, vcpu, EXIT_REASON_CPUID, 4,
                   (uint64_t[]){ word[0], word[1], xen_word64(stream, 2), xen_word64(stream, 4) });
        break;
    case INTR:
        take_slots(pairing, vcpu, EXIT_REASON_EXTERNAL_INTERRUPT, 1, (uint64_t[]){ word[0] });
        break;
    case VMMCALL:
        take_slots(pairing, vcpu, EXIT_REASON_VMCALL, 1, (uint64_t[]){ word[0] });
        break;
    case NPF:
        take_slots(pairing, vcpu, EXIT_REASON_EPT_VIOLATION, 1,
                   (uint64_t[]){ xen_word64(stream, 0) });
        break;
    default:
        break;
    }
}
