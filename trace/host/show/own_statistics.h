/* SPDX-License-Identifier: MIT */
/* The VMM's own statistics against what its records say. */
#ifndef TRACE_HOST_SHOW_OWN_STATISTICS_H
#define TRACE_HOST_SHOW_OWN_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/end.h"
#include "trace/host/show/output.h"
#include "trace/host/show/schema.h"
#include "trace/record.h"
#include "trace/statistics.h"

struct own_statistics {
    bool sent; /* by the VMM, of any vCPU */
    struct own_statistics_vcpu {
        bool sent;
        struct statistics vmm; /* as the VMM sent them */
        struct statistics log; /* computed from the records, in the same way */
    } * vcpu[END_VCPUS];
};

/* Counts an exit with its entry. False without memory. vCPUs beyond END_VCPUS are not compared. */
bool own_statistics_add(struct own_statistics *own, const struct trace_element *element);

/* Takes what the VMM sent for a vCPU. False without memory. */
bool own_statistics_take(struct own_statistics *own, uint16_t vcpu, const struct statistics *vmm);

enum own_verdict {
    OWN_NOT_SENT,
    OWN_SAME,
    OWN_MORE,    /* the VMM's hold more exits, no more than are absent from the log */
    OWN_DIFFERS, /* in another way: one of the two is wrong */
};

/*
 * Compares the two of a vCPU. `absent` is how many of its records were lost or are missing;
 * UINT64_MAX: nobody knows.
 */
enum own_verdict own_statistics_judge(const struct own_statistics *own, unsigned vcpu,
                                      uint64_t absent);

/* Prints a line for each reason for which the two of a vCPU differ. */
void own_statistics_differences(const struct own_statistics *own, unsigned vcpu,
                                const struct schema *schema, struct output *output);

/* Forgets all. */
void own_statistics_clear(struct own_statistics *own);

#endif
