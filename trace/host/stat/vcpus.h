/* SPDX-License-Identifier: MIT */
/* Where the time of each vCPU went: into the guest, into the VMM, or unknown for want of records. */
#ifndef TRACE_HOST_STAT_VCPUS_H
#define TRACE_HOST_STAT_VCPUS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/log_reader.h"
#include "trace/record.h"

/* Times are TSC ticks. The time before a vCPU's first record is nobody's. */
struct vcpu_time {
    bool seen;     /* some element of it was given */
    bool gap;      /* there are no records since `last`, or not all */
    uint64_t last; /* the latest stamp */
    uint64_t exits;
    uint64_t guest;         /* from entries to the exits after them */
    uint64_t vmm;           /* from exits to their entries */
    uint64_t unknown;       /* stretches of which there are no records, or not all */
    uint64_t lost, missing; /* records: filled in by vcpus_take_losses() */
};

struct vcpus {
    struct vcpu_time *vcpu; /* by number */
    unsigned n;
    bool out_of_memory;
};

/*
 * Follows an element. Its time, from the element before it on, is counted if `inside`. Lost elements,
 * gaps and the guest switching the trace off make the time to the next element unknown.
 */
void vcpus_add(struct vcpus *vcpus, const struct trace_element *element, bool inside);

/* Records of a vCPU are missing from here on. */
void vcpus_gap(struct vcpus *vcpus, uint16_t vcpu);

/* Takes from the run how many records of each vCPU were lost or are missing. */
void vcpus_take_losses(struct vcpus *vcpus, const struct log_run *run);

/* The ticks that the trace covers: of the vCPU for which they are most. */
uint64_t vcpus_span(const struct vcpus *vcpus);

/* Forgets all. */
void vcpus_clear(struct vcpus *vcpus);

#endif
