/* SPDX-License-Identifier: MIT */
/*
 * Puts the exits of a foreign trace together with the entries after them, and what was traced
 * between the two, to the elements of a log.
 */
#ifndef TRACE_HOST_IMPORT_PAIRING_H
#define TRACE_HOST_IMPORT_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/import/log_writer.h"

struct pairing {
    struct log_writer *writer;
    struct {
        bool open; /* an exit whose entry has not come */
        struct trace_element element;
    } vcpu[END_VCPUS];
    uint64_t exits;         /* that were written */
    uint64_t without_entry; /* of these, those that were no exit of a trace's end */
    uint64_t without_exit;  /* entries that were passed over */
    uint64_t beyond;        /* exits of vCPUs that a log cannot hold */
    uint64_t lost;          /* records; as many as a log can tell */
};

/*
 * An exit. What the qualification says on its slots is filled in, where the reason has one. An exit
 * of the vCPU that is open still has no entry.
 */
void pairing_exit(struct pairing *pairing, uint32_t vcpu, uint64_t tsc, uint32_t reason,
                  uint64_t rip, uint64_t qualification);

/* The vCPU's exit that is open, if it is of this basic reason; NULL otherwise. */
struct trace_element *pairing_open(struct pairing *pairing, uint32_t vcpu, uint32_t reason);

/* Writes a slot of an exit. */
static inline void pairing_slot(struct trace_element *element, unsigned slot, uint64_t value)
{
    element->slot[slot] = value;
    element->written |= (uint8_t)(1 << slot);
}

/* The entry after the vCPU's exit. */
void pairing_entry(struct pairing *pairing, uint32_t vcpu, uint64_t tsc);

/* Records of the vCPU were lost: an exit that is open keeps none of the entries after it. */
void pairing_lost(struct pairing *pairing, uint32_t vcpu, uint64_t tsc, uint64_t count);

/* The trace is over. */
void pairing_end(struct pairing *pairing);

#endif
