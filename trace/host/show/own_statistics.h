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

/*
 * Prints a line for each vCPU and reason where the two differ; output may be NULL. Returns their
 * number.
 */
unsigned own_statistics_differences(const struct own_statistics *own, const struct schema *schema,
                                    struct output *output);

/* The VMM's statistics of all vCPUs together. */
void own_statistics_sum(const struct own_statistics *own, struct statistics *sum);

/* Forgets all. */
void own_statistics_clear(struct own_statistics *own);

#endif
