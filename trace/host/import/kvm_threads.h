/* SPDX-License-Identifier: MIT */
/* The threads of a KVM trace that enter guests, and which vCPU each event is of. */
#ifndef TRACE_HOST_IMPORT_KVM_THREADS_H
#define TRACE_HOST_IMPORT_KVM_THREADS_H

#include "trace/host/import/kvm_events.h"
#include "trace/host/import/vcpu_map.h"

enum { KVM_THREADS = 1024 /* places; half of them are used */ };

struct kvm_threads {
    const struct kvm_events *events;
    struct vcpu_map *map;
    unsigned used;
    bool too_many; /* those that find no place are passed over */
    struct kvm_thread {
        bool used;
        uint32_t pid;
        uint32_t vcpu;            /* that it was told to run last */
        struct vcpu_place *place; /* of its last exit or entry */
        uint64_t exits;           /* that do not tell their vCPU: before Linux 5.11 */
    } thread[KVM_THREADS];
};

/*
 * First pass: an exit or entry, in any order; kvm_threads_surveyed() after the last of them. The map
 * then has a place for each vCPU.
 */
void kvm_threads_survey(struct kvm_threads *threads, enum kvm_event event, uint32_t pid,
                        const uint64_t *value);
void kvm_threads_surveyed(struct kvm_threads *threads);

/* Second pass, in the order of time: the vCPU of an event of any kind. NULL: not known. */
struct vcpu_place *kvm_threads_place(struct kvm_threads *threads, enum kvm_event event,
                                     uint32_t pid, const uint64_t *value);

#endif
