/* SPDX-License-Identifier: MIT */
/* What KVM's events tell of an exit, as slots of the log. */
#ifndef TRACE_HOST_IMPORT_KVM_DETAILS_H
#define TRACE_HOST_IMPORT_KVM_DETAILS_H

#include "trace/host/import/kvm_events.h"
#include "trace/host/import/pairing.h"

/* Of the vCPU's exit that was begun just now: what the exit event itself tells. */
void kvm_exit_details(struct pairing *pairing, uint16_t vcpu, const uint64_t *value);

/* Of the vCPU's open exit: what KVM traced of its handling. */
void kvm_details(struct pairing *pairing, uint16_t vcpu, const struct kvm_events *events,
                 enum kvm_event event, const uint64_t *value);

#endif
