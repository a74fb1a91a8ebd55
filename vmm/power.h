/* SPDX-License-Identifier: MIT */
/* How the machine ends: the guest's ways to switch it off or reset it, and the VMM's own. */
#ifndef VMM_POWER_H
#define VMM_POWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmx/vcpu.h"

enum power_at_end { POWER_HALT, POWER_OFF, POWER_RESET };

/*
 * Finds the ports that switch this machine off or reset it: from the ACPI tables (FADT: PM1a and
 * PM1b control, reset register) and those that every PC and the emulators have. rsdp: physical
 * address of the RSDP, or 0 to search the BIOS area. SDM does not cover these; ACPI: "FADT".
 */
void power_init(uint64_t rsdp, enum power_at_end at_end);

/* The ports to intercept; returns how many there are and points *ports at them. */
size_t power_ports(const uint16_t **ports);

/*
 * To be called before a guest's OUT to any port is performed. If it would end the machine, the
 * trace is sent to the last byte first. Returns whether it was such a write.
 */
bool power_watch(struct vcpu *vcpu, uint16_t port, unsigned size, uint32_t value);

/* Ends the machine the way the user chose (at-end=); where that is not possible, halts. */
_Noreturn void power_end(void);

#endif
