/* SPDX-License-Identifier: MIT */
/* The threads of a KVM trace that enter guests, and which vCPU each event is of. */
#include "trace/host/import/kvm_threads.h"

/* The thread's place; NULL where there are too many. */
static struct kvm_thread *thread_of(struct kvm_threads *threads, uint32_t pid)
{
    uint32_t i = pid % KVM_THREADS;

    while (threads->thread[i].used && threads->thread[i].pid != pid)
        i = (i + 1) % KVM_THREADS;
    if (threads->thread[i].used)
        return &threads->thread[i];
    threads->too_many |= threads->used == KVM_THREADS / 2;
    if (threads->too_many)
        return NULL;
    threads->used++;
    threads->thread[i] = (struct kvm_thread){ .used = true, .pid = pid, .vcpu = VCPU_UNKNOWN };
    return &threads->thread[i];
}

/* Whether an exit or entry tells its vCPU, which is its thread's from then on. */
static bool take_vcpu(const struct kvm_threads *threads, struct kvm_thread *thread,
                      enum kvm_event event, const uint64_t *value)
{
    if (!kvm_event_has(threads->events, event, 0))
        return false;
    thread->vcpu = value[0] < VCPU_UNKNOWN ? (uint32_t)value[0] : VCPU_UNKNOWN;
    return true;
}

static struct vcpu_place *place_of(const struct kvm_threads *threads,
                                   const struct kvm_thread *thread)
{
    return vcpu_map_place(threads->map, thread->pid, thread->vcpu);
}

void kvm_threads_survey(struct kvm_threads *threads, enum kvm_event event, uint32_t pid,
                        const uint64_t *value)
{
    struct kvm_thread *thread = thread_of(threads, pid);
    struct vcpu_place *place = NULL;

    if (!thread)
        return;
    if (take_vcpu(threads, thread, event, value))
        place = place_of(threads, thread);
    if (event == KVM_ENTRY)
        return;
    if (place)
        place->exits++;
    else
        thread->exits++;
}

void kvm_threads_surveyed(struct kvm_threads *threads)
{
    for (unsigned i = 0; i < KVM_THREADS; i++) {
        const struct kvm_thread *thread = &threads->thread[i];
        struct vcpu_place *place = thread->exits ? place_of(threads, thread) : NULL;

        if (place)
            place->exits += thread->exits;
        else
            threads->map->left_out += thread->exits;
    }
}

struct vcpu_place *kvm_threads_place(struct kvm_threads *threads, enum kvm_event event,
                                     uint32_t pid, const uint64_t *value)
{
    struct kvm_thread *thread = thread_of(threads, pid);

    if (!thread)
        return NULL;
    if (event == KVM_ENTRY || event == KVM_EXIT) {
        take_vcpu(threads, thread, event, value);
        thread->place = place_of(threads, thread);
    }
    return thread->place;
}
