/* SPDX-License-Identifier: MIT */
/*
 * Puts the exits of a foreign trace together with the entries after them, and what was traced
 * between the two, to the elements of a log. vCPUs are below END_VCPUS.
 */
#ifndef TRACE_HOST_IMPORT_PAIRING_H
#define TRACE_HOST_IMPORT_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/import/log_writer.h"

struct pairing {
    struct log_writer *writer;
    struct {
        bool open;    /* an exit whose entry has not come */
        unsigned cpu; /* where it was */
        struct trace_element element;
    } vcpu[END_VCPUS];
    uint64_t exits;         /* that were written */
    uint64_t without_entry; /* of these, those that were no exit of a trace's end */
    uint64_t without_exit;  /* entries that were passed over */
    uint64_t lost;          /* records; as many as a log can tell */
};

struct pairing_exit {
    uint16_t vcpu;
    unsigned cpu; /* whose buffer of the tracer it was in */
    uint64_t tsc;
    uint32_t reason;
    uint64_t rip, qualification;
};

/*
 * An exit. What the qualification says on its slots is filled in, where the reason has one. An exit
 * of the vCPU that is open still has no entry.
 */
void pairing_exit(struct pairing *pairing, const struct pairing_exit *exit);

/* The vCPU's exit that is open, if it is of this basic reason; NULL otherwise. */
struct trace_element *pairing_open(struct pairing *pairing, uint16_t vcpu, uint32_t reason);

/* Writes a slot of an exit. */
static inline void pairing_slot(struct trace_element *element, unsigned slot, uint64_t value)
{
    element->slot[slot] = value;
    element->written |= (uint8_t)(1 << slot);
}

/* The entry after the vCPU's exit. */
void pairing_entry(struct pairing *pairing, uint16_t vcpu, uint64_t tsc);

/*
 * Records of a CPU's buffer were lost while the vCPU ran there: no exit that is open on this CPU or
 * of this vCPU keeps any of the entries after it.
 */
void pairing_lost(struct pairing *pairing, unsigned cpu, uint16_t vcpu, uint64_t tsc,
                  uint64_t count);

/* The trace is over. */
void pairing_end(struct pairing *pairing);

#endif
