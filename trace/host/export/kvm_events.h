/* SPDX-License-Identifier: MIT */
/*
 * An exit as Linux's kvm_exit tracepoint shows it, which LTTng, ftrace and perf share; and the
 * description of the events that ftrace and perf files carry.
 */
#ifndef TRACE_HOST_EXPORT_KVM_EVENTS_H
#define TRACE_HOST_EXPORT_KVM_EVENTS_H

#include <stdint.h>
#include <stdio.h>

#include "trace/host/export/exporter.h"
#include "trace/host/export/pack.h"
#include "trace/host/show/schema.h"
#include "trace/record.h"

enum { KVM_ISA_VMX = 1 };

/*
 * exit_reason is the basic reason, as tools know no other; the flags of a full one are in slot 0.
 * info1 is the exit qualification, and info2 (IDT vectoring) is not recorded.
 */
struct kvm_exit {
    uint32_t exit_reason;
    uint32_t intr_info;  /* of exceptions and interrupts, as far as the slots tell it */
    uint32_t error_code; /* the same */
};

struct kvm_exit kvm_exit_of(const struct trace_element *element);

/* Events of ftrace and perf files, by the type number that begins each record. */
enum kvm_event {
    KVM_EVENT_ENTRY = 1001, /* kvm:kvm_entry, and the slots */
    KVM_EVENT_EXIT,         /* kvm:kvm_exit */
    KVM_EVENT_STOP,         /* vexit:stop, instead of an entry: the exit ended the run */
    KVM_EVENT_MARKER,       /* vexit:marker */
    KVM_EVENT_LOST,         /* vexit:lost */
};

enum { KVM_RECORD = 72 }; /* bytes of the longest record */

/*
 * Put a record: common header, then the event's fields. `thread` is the pid in the header. The rip of
 * an entry is that of its exit, as a trace holds no other.
 */
void kvm_put_exit(struct packed *bytes, const struct trace_element *element, uint32_t thread);
void kvm_put_entry(struct packed *bytes, const struct trace_element *element, uint32_t thread);
void kvm_put_marker(struct packed *bytes, const struct trace_element *element, uint32_t thread);
void kvm_put_loss(struct packed *bytes, const struct export_loss *loss, uint32_t thread);

/*
 * Writes the beginning of a trace.dat of this version up to the printk formats, which perf's tracing
 * data is too: what a page and a record look like, and each event's fields.
 */
void kvm_write_formats(FILE *to, const char *version, const struct schema *schema);

/* Writes the low `size` bytes of a number, little endian. */
void kvm_write_number(FILE *to, uint64_t value, size_t size);

#endif
