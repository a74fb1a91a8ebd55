/* SPDX-License-Identifier: MIT */
/* The trace events of Linux' KVM that matter here, and where their fields are in a trace. */
#ifndef TRACE_HOST_IMPORT_KVM_EVENTS_H
#define TRACE_HOST_IMPORT_KVM_EVENTS_H

#include "trace/host/import/trace_dat.h"

enum { KVM_FIELDS = 8, KVM_EVENT_IDS = 1 << 16 };

enum kvm_event {
    KVM_OTHER,
    KVM_ENTRY,
    KVM_EXIT,
    KVM_CPUID,
    KVM_MSR,
    KVM_PIO,
    KVM_CR,
    KVM_PAGE_FAULT,
    KVM_MMIO,
    KVM_FAST_MMIO,
    KVM_HYPERCALL,
    KVM_EVENTS,
};

/* In this order; the names are the kernel's. */
enum { ENTRY_VCPU };
enum { EXIT_VCPU, EXIT_REASON, EXIT_RIP, EXIT_ISA, EXIT_INFO1, EXIT_INTR_INFO, EXIT_ERROR_CODE };
enum { CPUID_LEAF, CPUID_SUBLEAF, CPUID_EAX, CPUID_EBX, CPUID_ECX, CPUID_EDX };
enum { MSR_WRITE, MSR_ECX, MSR_DATA, MSR_FAULT };
enum { PIO_OUT, PIO_PORT, PIO_VALUE };
enum { CR_WRITE, CR_NUMBER, CR_VALUE };
enum { FAULT_ADDRESS }; /* of KVM_PAGE_FAULT, KVM_MMIO and KVM_FAST_MMIO */
enum { CALL_NUMBER, CALL_A0, CALL_A1 };

struct kvm_events {
    struct event_field type, pid; /* of every event */
    struct {
        struct event_field field[KVM_FIELDS];
    } event[KVM_EVENTS];
    uint8_t of_id[KVM_EVENT_IDS]; /* enum kvm_event */
};

enum kvm_events_result { KVM_EVENTS_FOUND, KVM_EVENTS_NONE, KVM_EVENTS_NOT_X86 };

/* Finds the events, kvm_exit at least. */
enum kvm_events_result kvm_events_begin(struct kvm_events *events, const struct trace_dat *dat);

/* Whether an event has a field: older kernels lack some, which are read as 0. */
static inline bool kvm_event_has(const struct kvm_events *events, enum kvm_event event,
                                 unsigned field)
{
    return events->event[event].field[field].size > 0;
}

/* Which event it is, with its thread and the values of its fields. */
enum kvm_event kvm_events_read(const struct kvm_events *events, const uint8_t *event, size_t n,
                               uint32_t *pid, uint64_t value[KVM_FIELDS]);

#endif
