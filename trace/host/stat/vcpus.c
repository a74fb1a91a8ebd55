/* SPDX-License-Identifier: MIT */
/* Where the time of each vCPU went. */
#include "trace/host/stat/vcpus.h"

#include <stdlib.h>
#include <string.h>

#include "trace/host/show/trace_switch.h"

static struct vcpu_time *vcpu_of(struct vcpus *vcpus, unsigned number)
{
    if (number < vcpus->n)
        return &vcpus->vcpu[number];

    struct vcpu_time *more = realloc(vcpus->vcpu, (number + 1) * sizeof(*more));

    if (!more) {
        vcpus->out_of_memory = true;
        return NULL;
    }
    memset(more + vcpus->n, 0, (number + 1 - vcpus->n) * sizeof(*more));
    vcpus->vcpu = more;
    vcpus->n = number + 1;
    return &more[number];
}

void vcpus_add(struct vcpus *vcpus, const struct trace_element *element, bool inside)
{
    struct vcpu_time *vcpu = vcpu_of(vcpus, element->vcpu);
    bool timed = element->kind == TRACE_EXIT_ENTRY;

    if (!vcpu)
        return;
    /* A frame that came late tells of a time that was counted already. */
    if (inside && vcpu->seen && element->exit_tsc > vcpu->last)
        *(vcpu->gap ? &vcpu->unknown : &vcpu->guest) += element->exit_tsc - vcpu->last;
    if (inside && timed)
        vcpu->vmm += element->entry_tsc - element->exit_tsc;
    if (inside && element->kind <= TRACE_EXIT_ONLY)
        vcpu->exits++;

    uint64_t last = timed ? element->entry_tsc : element->exit_tsc;

    if (!vcpu->seen || last > vcpu->last)
        vcpu->last = last;
    vcpu->seen = true;
    vcpu->gap = element->kind == TRACE_LOST || trace_switched_off(element);
}

void vcpus_gap(struct vcpus *vcpus, uint16_t number)
{
    struct vcpu_time *vcpu = vcpu_of(vcpus, number);

    if (vcpu)
        vcpu->gap = true;
}

void vcpus_take_losses(struct vcpus *vcpus, const struct log_run *run)
{
    for (unsigned i = 0; i < run->vcpus; i++) {
        bool any = run->vcpu[i].lost || run->vcpu[i].missing;
        struct vcpu_time *vcpu = any ? vcpu_of(vcpus, i) : NULL;

        if (!vcpu)
            continue;
        vcpu->seen = true;
        vcpu->lost = run->vcpu[i].lost;
        vcpu->missing = run->vcpu[i].missing;
    }
}

uint64_t vcpus_span(const struct vcpus *vcpus)
{
    uint64_t longest = 0;

    for (unsigned i = 0; i < vcpus->n; i++) {
        const struct vcpu_time *vcpu = &vcpus->vcpu[i];
        uint64_t span = vcpu->guest + vcpu->vmm + vcpu->unknown;

        if (span > longest)
            longest = span;
    }
    return longest;
}

void vcpus_clear(struct vcpus *vcpus)
{
    free(vcpus->vcpu);
    *vcpus = (struct vcpus){ .out_of_memory = vcpus->out_of_memory };
}
