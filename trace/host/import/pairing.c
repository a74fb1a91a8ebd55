/* SPDX-License-Identifier: MIT */
/* Puts exits together with the entries after them. */
#include "trace/host/import/pairing.h"

#include "trace/exit_reasons.h"

/* A trace that tells more is damaged there, and a log's sums would not hold it. */
#define LOST_MAX (UINT64_C(1) << 62)

/* SDM volume 3, "Basic VM-Exit Information": what the qualification tells of an access. */
static void fill_slots(struct trace_element *element)
{
    uint64_t qualification = element->qualification;

    switch (element->reason & EXIT_REASON_BASIC) {
    case EXIT_REASON_CR_ACCESS:
        pairing_slot(element, 1, qualification & 0x30);
        pairing_slot(element, 2, qualification & 0xf);
        break;
    case EXIT_REASON_DR_ACCESS:
        pairing_slot(element, 1, qualification & 0x10);
        pairing_slot(element, 2, qualification & 7);
        break;
    case EXIT_REASON_IO_INSTRUCTION:
        pairing_slot(element, 1, qualification >> 16 & 0xffff);
        break;
    case EXIT_REASON_APIC_ACCESS:
        pairing_slot(element, 1, qualification & 0xfff);
        pairing_slot(element, 2, qualification >> 12 & 0xf);
        break;
    case EXIT_REASON_INVLPG:
    case EXIT_REASON_EPT_VIOLATION:
        break;
    default:
        return;
    }
    pairing_slot(element, 4, qualification);
}

static void close_exit(struct pairing *pairing, uint32_t vcpu, enum trace_kind kind)
{
    pairing->vcpu[vcpu].open = false;
    pairing->vcpu[vcpu].element.kind = (uint8_t)kind;
    pairing->exits++;
    log_writer_add(pairing->writer, &pairing->vcpu[vcpu].element);
}

static void close_without_entry(struct pairing *pairing, uint32_t vcpu)
{
    if (!pairing->vcpu[vcpu].open)
        return;
    close_exit(pairing, vcpu, TRACE_EXIT_ONLY);
    pairing->without_entry++;
}

void pairing_exit(struct pairing *pairing, const struct pairing_exit *exit)
{
    struct trace_element *element = &pairing->vcpu[exit->vcpu].element;

    close_without_entry(pairing, exit->vcpu);
    *element = (struct trace_element){
        .exit_tsc = exit->tsc,
        .reason = exit->reason,
        .written = 1,
        .vcpu = exit->vcpu,
        .rip = exit->rip,
        .slot[0] = exit->reason,
    };
    if (exit_reason_row(exit->reason)->has_qualification) {
        element->qualification = exit->qualification;
        if (exit->qualification)
            fill_slots(element);
    }
    pairing->vcpu[exit->vcpu].cpu = exit->cpu;
    pairing->vcpu[exit->vcpu].open = true;
}

struct trace_element *pairing_open(struct pairing *pairing, uint16_t vcpu, uint32_t reason)
{
    struct trace_element *element = &pairing->vcpu[vcpu].element;

    if (!pairing->vcpu[vcpu].open || (element->reason & EXIT_REASON_BASIC) != reason)
        return NULL;
    return element;
}

void pairing_entry(struct pairing *pairing, uint16_t vcpu, uint64_t tsc)
{
    struct trace_element *element = &pairing->vcpu[vcpu].element;

    /* In a damaged trace. */
    if (pairing->vcpu[vcpu].open && tsc < element->exit_tsc)
        close_without_entry(pairing, vcpu);
    if (!pairing->vcpu[vcpu].open) {
        pairing->without_exit++;
        return;
    }
    element->entry_tsc = tsc;
    close_exit(pairing, vcpu, TRACE_EXIT_ENTRY);
}

void pairing_lost(struct pairing *pairing, unsigned cpu, uint16_t vcpu, uint64_t tsc,
                  uint64_t count)
{
    for (uint32_t i = 0; i < END_VCPUS; i++)
        if (i == vcpu || pairing->vcpu[i].cpu == cpu)
            close_without_entry(pairing, i);
    if (count > LOST_MAX - pairing->lost)
        count = LOST_MAX - pairing->lost;
    pairing->lost += count;
    log_writer_add(
        pairing->writer,
        &(struct trace_element){
            .exit_tsc = tsc, .kind = TRACE_LOST, .written = 1, .vcpu = vcpu, .slot[0] = count });
}

void pairing_end(struct pairing *pairing)
{
    for (uint32_t i = 0; i < END_VCPUS; i++)
        if (pairing->vcpu[i].open)
            close_exit(pairing, i, TRACE_EXIT_ONLY);
}
