/* SPDX-License-Identifier: MIT */
/* The VMM's own statistics against what its records say. */
#include "trace/host/show/own_statistics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct own_statistics_vcpu *find(struct own_statistics *own, uint16_t number)
{
    struct own_statistics_vcpu *vcpu = own->vcpu[number];

    if (vcpu)
        return vcpu;
    vcpu = calloc(1, sizeof(*vcpu));
    if (!vcpu)
        return NULL;
    statistics_clear(&vcpu->vmm);
    statistics_clear(&vcpu->log);
    own->vcpu[number] = vcpu;
    return vcpu;
}

bool own_statistics_add(struct own_statistics *own, const struct trace_element *element)
{
    if (element->vcpu >= END_VCPUS || element->kind != TRACE_EXIT_ENTRY)
        return true;

    struct own_statistics_vcpu *vcpu = find(own, element->vcpu);

    if (vcpu)
        statistics_add(&vcpu->log, element->reason, element->entry_tsc - element->exit_tsc);
    return vcpu != NULL;
}

bool own_statistics_take(struct own_statistics *own, uint16_t number, const struct statistics *vmm)
{
    if (number >= END_VCPUS)
        return true;

    struct own_statistics_vcpu *vcpu = find(own, number);

    if (!vcpu)
        return false;
    own->sent = vcpu->sent = true;
    vcpu->vmm = *vmm;
    return true;
}

/* min and max of an empty row mean nothing. */
static bool same(const struct statistics_row *a, const struct statistics_row *b)
{
    if (a->count == 0 && b->count == 0)
        return true;
    return a->count == b->count && a->sum == b->sum && a->min == b->min && a->max == b->max &&
           memcmp(a->bucket, b->bucket, sizeof(a->bucket)) == 0;
}

/* Whether a row can be that of the log with more exits in it. */
static bool holds(const struct statistics_row *vmm, const struct statistics_row *log)
{
    bool more = vmm->count > log->count && vmm->sum >= log->sum;

    if (vmm->count == log->count || (log->count && (vmm->min > log->min || vmm->max < log->max)))
        return same(vmm, log);
    for (unsigned i = 0; i < STATISTICS_BUCKETS; i++)
        more = more && vmm->bucket[i] >= log->bucket[i];
    return more;
}

enum own_verdict own_statistics_judge(const struct own_statistics *own, unsigned number,
                                      uint64_t absent)
{
    const struct own_statistics_vcpu *vcpu = own->vcpu[number];
    uint64_t more = 0;

    if (!vcpu || !vcpu->sent)
        return OWN_NOT_SENT;
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *vmm = &vcpu->vmm.row[i], *log = &vcpu->log.row[i];

        if (!holds(vmm, log))
            return OWN_DIFFERS;
        more += vmm->count - log->count;
    }
    /* An exit is two records. */
    return !more ? OWN_SAME : more <= absent / 2 ? OWN_MORE : OWN_DIFFERS;
}

static void print_side(struct output *output, const char *whose, const struct statistics_row *row)
{
    output_print(output, "; %s %" PRIu64 " exits", whose, row->count);
    if (row->count)
        output_print(output, ", %" PRIu64 " ticks, %" PRIu64 " to %" PRIu64, row->sum, row->min,
                     row->max);
}

void own_statistics_differences(const struct own_statistics *own, unsigned number,
                                const struct schema *schema, struct output *output)
{
    const struct own_statistics_vcpu *vcpu = own->vcpu[number];

    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *vmm = &vcpu->vmm.row[i], *log = &vcpu->log.row[i];

        if (same(vmm, log))
            continue;
        output_print(output, "differs: vcpu%u %s", number, schema_statistics_name(schema, i));
        print_side(output, "VMM", vmm);
        print_side(output, "log", log);
        output_print(output, "\n");
    }
}

void own_statistics_clear(struct own_statistics *own)
{
    for (unsigned v = 0; v < END_VCPUS; v++)
        free(own->vcpu[v]);
    memset(own, 0, sizeof(*own));
}
