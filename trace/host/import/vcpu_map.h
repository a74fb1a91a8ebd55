/* SPDX-License-Identifier: MIT */
/*
 * Which vCPU of a foreign trace is which of the log. A trace may hold several machines, whose vCPUs
 * have the same numbers: each gets one of its own, and is told by name.
 */
#ifndef TRACE_HOST_IMPORT_VCPU_MAP_H
#define TRACE_HOST_IMPORT_VCPU_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/end.h"

enum {
    VCPU_PLACES = 1024,       /* a power of two; half of them are used */
    VCPU_UNKNOWN = UINT16_MAX /* number of a vCPU that the trace does not tell */
};

struct vcpu_place {
    bool used;
    uint32_t owner; /* what tells machines apart: the thread (KVM), the domain (Xen) */
    uint32_t vcpu;  /* its number there, or VCPU_UNKNOWN */
    uint64_t exits; /* in the trace */
    int32_t number; /* in the log; below 0: it has none, for there are too many */
};

struct vcpu_map {
    struct vcpu_place place[VCPU_PLACES];
    unsigned used;
    struct vcpu_place *of_number[END_VCPUS]; /* NULL: no such vCPU */
    uint32_t vcpus;                          /* the highest number, and one */
    bool by_name;      /* numbers do not tell which vCPU is which, as they may have in the trace */
    uint64_t left_out; /* exits of vCPUs without a number */
};

/* The vCPU's place; NULL where there is none. */
struct vcpu_place *vcpu_map_find(struct vcpu_map *map, uint32_t owner, uint32_t vcpu);

/* The same, but it is made where there is none; NULL where there are too many. */
struct vcpu_place *vcpu_map_place(struct vcpu_map *map, uint32_t owner, uint32_t vcpu);

/*
 * Gives a number to each vCPU: its own where all have different ones that a log can hold,
 * else in the order of owners and their vCPUs.
 */
void vcpu_map_number(struct vcpu_map *map);

#endif
