/* SPDX-License-Identifier: MIT */
/*
 * A machine with nothing in it but the VMM's ring and what goes with it, for tests of what reads a
 * machine's memory. Element n is stamped n, so that whatever is not as it was written shows.
 *
 * The program that includes this is the machine: its data are at their own addresses, and an image is
 * a copy of them.
 */
#ifndef TESTS_UNIT_MEMORY_MACHINE_H
#define TESTS_UNIT_MEMORY_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trace/end.h"
#include "trace/memory.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "vmm/memory.h"
#include "vmm/trace_memory.h"
#include "vmm/trace_ring.h"

enum { MACHINE_ELEMENTS = 4096, MACHINE_HANDLING = 7 };

/* Linker's names for where the program's own data begin and end. */
extern char __data_start[], _end[];

static struct machine {
    struct trace_memory header __attribute__((aligned(TRACE_MEMORY_ALIGNMENT)));
    struct trace_element element[MACHINE_ELEMENTS];
    struct trace_ring ring;
    struct statistics statistics;
    struct vcpu vcpu;
    char start[START_PAYLOAD_MAX];
    uint64_t made;    /* elements, lost ones included */
    uint64_t records; /* counted records of these */
} machine;

uint64_t memory_base(void)
{
    return (uint64_t)(uintptr_t)__data_start & ~(uint64_t)(TRACE_MEMORY_ALIGNMENT - 1);
}

uint64_t memory_length(void)
{
    return (uint64_t)(uintptr_t)_end - memory_base();
}

uint64_t virt_to_phys(const void *object)
{
    return (uint64_t)(uintptr_t)object;
}

/* Switches the machine on. elements: the ring's size, at most MACHINE_ELEMENTS. */
static void machine_begin(size_t elements, bool overwrite)
{
    struct trace_start start = {
        .version = "0.0.test", .tsc_hz = 2000000000, .vcpus = 1, .options = "trace=memory"
    };

    memset(&machine, 0, sizeof(machine));
    statistics_clear(&machine.statistics);
    machine.vcpu.statistics = &machine.statistics;
    trace_ring_init(&machine.ring, &machine.vcpu, machine.element, elements, overwrite);
    trace_memory_begin(&machine.header, &machine.vcpu, machine.start,
                       start_encode(machine.start, sizeof(machine.start), &start));
    trace_memory_end("", 0);
}

/* One exit and its entry, with a marker before it if wanted; `drains` elements are sent in between. */
static void machine_exit(bool marker, unsigned drains)
{
    struct vcpu *vcpu = &machine.vcpu;
    const uint64_t value[4] = { machine.made, ~machine.made, 0, 0 };

    vcpu->element->exit_tsc = machine.made;
    vcpu->element->reason = 10;
    vcpu->element->written = 0x1f;
    vcpu->element->kind = TRACE_EXIT_ENTRY;
    vcpu->element->rip = 0x1000;
    if (marker) {
        trace_ring_marker(vcpu, value);
        machine.records += trace_records(TRACE_MARKER);
        machine.made++;
    }
    vcpu->element->exit_tsc = machine.made;
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        vcpu->element->slot[i] = ~machine.made;
    vcpu->element->entry_tsc = machine.made + MACHINE_HANDLING;
    machine.records += trace_records(TRACE_EXIT_ENTRY);
    machine.made++;
    if (vcpu->element + 1 < vcpu->element_limit) {
        trace_ring_hand_over(vcpu);
        return;
    }
    for (; drains && trace_ring_pending(vcpu); drains--)
        trace_ring_drop(vcpu);
    trace_ring_prepare(vcpu);
    trace_ring_hand_over(vcpu);
    trace_ring_next(vcpu);
}

/* Ends the run with success. */
static void machine_end(void)
{
    static char payload[END_PAYLOAD_MAX];
    static struct trace_end end;

    end = (struct trace_end){ .reason = "the guest stopped", .vcpus = 1 };
    end.vcpu[0].generated = trace_ring_generated(&machine.vcpu);
    end.vcpu[0].lost = machine.ring.lost;
    trace_memory_end(payload, end_encode(payload, sizeof(payload), &end));
}

/* A copy of memory_length() bytes of the machine's memory, to be freed. */
__attribute__((no_sanitize("address"))) static uint8_t *machine_image(void)
{
    const volatile uint8_t *from = (const volatile uint8_t *)(uintptr_t)memory_base();
    uint8_t *image = malloc(memory_length());

    for (uint64_t i = 0; image && i < memory_length(); i++)
        image[i] = from[i];
    return image;
}

#endif
