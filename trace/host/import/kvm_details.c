/* SPDX-License-Identifier: MIT */
/* What KVM's events tell of an exit, as slots of the log. */
#include "trace/host/import/kvm_details.h"

#include "trace/exit_reasons.h"

enum {
    PAGE_FAULT = 14,
    /* of the interruption information */
    VECTOR = 0xff,
    HAS_ERROR = 1 << 11,
};

static const uint64_t info_valid = UINT64_C(1) << 31;

void kvm_exit_details(struct pairing *pairing, uint16_t vcpu, const uint64_t *value)
{
    uint64_t info = value[EXIT_INTR_INFO], vector = info & VECTOR;
    struct trace_element *open;

    if (!(info & info_valid))
        return;
    open = pairing_open(pairing, vcpu, EXIT_REASON_EXTERNAL_INTERRUPT);
    if (open)
        pairing_slot(open, 1, vector);
    open = pairing_open(pairing, vcpu, EXIT_REASON_EXCEPTION_NMI);
    if (!open)
        return;
    pairing_slot(open, 1, vector);
    if (info & HAS_ERROR)
        pairing_slot(open, 3, value[EXIT_ERROR_CODE]);
    if (vector == PAGE_FAULT)
        pairing_slot(open, 4, value[EXIT_INFO1]);
}

/* The reason of the exits in whose handling KVM traces an event; each tells of no other. */
static uint32_t reason_of(enum kvm_event event, const uint64_t *value)
{
    switch (event) {
    case KVM_CPUID:
        return EXIT_REASON_CPUID;
    case KVM_MSR:
        return value[MSR_WRITE] ? EXIT_REASON_MSR_WRITE : EXIT_REASON_MSR_READ;
    case KVM_PIO:
        return EXIT_REASON_IO_INSTRUCTION;
    case KVM_CR:
        return EXIT_REASON_CR_ACCESS;
    case KVM_HYPERCALL:
        return EXIT_REASON_VMCALL;
    default:
        return EXIT_REASON_EPT_VIOLATION;
    }
}

static void take_msr(struct trace_element *open, const uint64_t *value)
{
    pairing_slot(open, 1, value[MSR_ECX]);
    pairing_slot(open, 2, (uint32_t)value[MSR_DATA]);
    pairing_slot(open, 3, value[MSR_DATA] >> 32);
    if (value[MSR_FAULT])
        pairing_slot(open, 4, value[MSR_FAULT]);
}

static void take_cpuid(struct trace_element *open, const struct kvm_events *events,
                       const uint64_t *value)
{
    pairing_slot(open, 1, value[CPUID_LEAF]);
    if (kvm_event_has(events, KVM_CPUID, CPUID_SUBLEAF))
        pairing_slot(open, 2, value[CPUID_SUBLEAF]);
    pairing_slot(open, 3, (uint32_t)value[CPUID_EAX] | value[CPUID_EBX] << 32);
    pairing_slot(open, 4, (uint32_t)value[CPUID_ECX] | value[CPUID_EDX] << 32);
}

static void take_port(struct trace_element *open, const struct kvm_events *events,
                      const uint64_t *value)
{
    pairing_slot(open, 1, value[PIO_PORT]);
    if (kvm_event_has(events, KVM_PIO, PIO_VALUE))
        pairing_slot(open, value[PIO_OUT] ? 2 : 3, value[PIO_VALUE]);
}

/* An address may be told by several events: the first one, of the fault itself, stays. */
static void take_address(struct trace_element *open, const uint64_t *value)
{
    if (!(open->written & 1 << 1))
        pairing_slot(open, 1, value[FAULT_ADDRESS]);
}

void kvm_details(struct pairing *pairing, uint16_t vcpu, const struct kvm_events *events,
                 enum kvm_event event, const uint64_t *value)
{
    uint32_t reason = reason_of(event, value);
    struct trace_element *open = pairing_open(pairing, vcpu, reason);

    if (!open && reason == EXIT_REASON_EPT_VIOLATION)
        open = pairing_open(pairing, vcpu, EXIT_REASON_EPT_MISCONFIG);
    if (!open)
        return;
    switch (event) {
    case KVM_CPUID:
        take_cpuid(open, events, value);
        return;
    case KVM_MSR:
        take_msr(open, value);
        return;
    case KVM_PIO:
        take_port(open, events, value);
        return;
    case KVM_CR:
        pairing_slot(open, 2, value[CR_NUMBER]);
        pairing_slot(open, 3, value[CR_VALUE]);
        return;
    case KVM_HYPERCALL:
        pairing_slot(open, 1, value[CALL_NUMBER]);
        pairing_slot(open, 2, value[CALL_A0]);
        pairing_slot(open, 3, value[CALL_A1]);
        return;
    default:
        take_address(open, value);
        return;
    }
}
