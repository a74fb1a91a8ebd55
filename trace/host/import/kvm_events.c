/* SPDX-License-Identifier: MIT */
/* The trace events of Linux' KVM. */
#include "trace/host/import/kvm_events.h"

#include <string.h>

static const struct {
    const char *name;
    const char *field[KVM_FIELDS];
} rows[KVM_EVENTS] = {
    [KVM_ENTRY] = { "kvm_entry", { "vcpu_id" } },
    [KVM_EXIT] = { "kvm_exit",
                   { "vcpu_id", "exit_reason", "guest_rip", "isa", "info1", "intr_info",
                     "error_code" } },
    [KVM_CPUID] = { "kvm_cpuid", { "function", "index", "rax", "rbx", "rcx", "rdx" } },
    [KVM_MSR] = { "kvm_msr", { "write", "ecx", "data", "exception" } },
    [KVM_PIO] = { "kvm_pio", { "rw", "port", "val" } },
    [KVM_CR] = { "kvm_cr", { "rw", "cr", "val" } },
    [KVM_PAGE_FAULT] = { "kvm_page_fault", { "fault_address" } },
    [KVM_MMIO] = { "kvm_mmio", { "gpa" } },
    [KVM_FAST_MMIO] = { "kvm_fast_mmio", { "gpa" } },
    [KVM_HYPERCALL] = { "kvm_hypercall", { "nr", "a0", "a1" } },
};

static void take_format(void *context, const char *text, size_t n)
{
    struct kvm_events *events = context;
    char name[64];
    uint32_t id;

    if (!event_format_head(text, n, name, sizeof(name), &id))
        return;
    for (unsigned i = KVM_OTHER + 1; i < KVM_EVENTS; i++) {
        if (strcmp(name, rows[i].name) != 0)
            continue;
        event_format_field(text, n, "common_type", &events->type);
        event_format_field(text, n, "common_pid", &events->pid);
        for (unsigned f = 0; f < KVM_FIELDS && rows[i].field[f]; f++)
            event_format_field(text, n, rows[i].field[f], &events->event[i].field[f]);
        events->of_id[id] = (uint8_t)i;
    }
}

enum kvm_events_result kvm_events_begin(struct kvm_events *events, const struct trace_dat *dat)
{
    memset(events, 0, sizeof(*events));
    trace_dat_events(dat, "kvm", take_format, events);
    if (events->type.size != 2 || events->pid.size != 4 ||
        !memchr(events->of_id, KVM_EXIT, sizeof(events->of_id)))
        return KVM_EVENTS_NONE;
    return kvm_event_has(events, KVM_EXIT, EXIT_REASON) && kvm_event_has(events, KVM_EXIT, EXIT_RIP)
               ? KVM_EVENTS_FOUND
               : KVM_EVENTS_NOT_X86;
}

enum kvm_event kvm_events_read(const struct kvm_events *events, const uint8_t *event, size_t n,
                               uint32_t *pid, uint64_t value[KVM_FIELDS])
{
    enum kvm_event kind = events->of_id[event_value(&events->type, event, n) % KVM_EVENT_IDS];

    if (kind == KVM_OTHER)
        return kind;
    *pid = (uint32_t)event_value(&events->pid, event, n);
    for (unsigned i = 0; i < KVM_FIELDS; i++)
        value[i] = event_value(&events->event[kind].field[i], event, n);
    return kind;
}
