/* SPDX-License-Identifier: MIT */
/* What this processor's VMX can do, and whether that is enough. */
#ifndef VMX_CAPABILITIES_H
#define VMX_CAPABILITIES_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/refuse.h"
#include "vmx/vmcs.h"

/* The words whose bits vmx/controls.def lists. */
enum control_word {
    CONTROL_WORD_PIN,
    CONTROL_WORD_PRIMARY,
    CONTROL_WORD_SECONDARY,
    CONTROL_WORD_TERTIARY,
    CONTROL_WORD_EXIT,
    CONTROL_WORD_ENTRY,
    CONTROL_WORDS,
};

/* What a control word may hold: bits that must be 1, and bits that may. */
struct control_range {
    uint32_t must;
    uint32_t may;
};

/* The MSRs of the SDM's appendix "VMX Capability Reporting Facility"; 0 where missing. */
struct vmx_capabilities {
    uint64_t basic;    /* IA32_VMX_BASIC */
    uint64_t misc;     /* IA32_VMX_MISC */
    uint64_t ept_vpid; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t vmfunc;   /* IA32_VMX_VMFUNC */
    uint64_t cr0_fixed0, cr0_fixed1;
    uint64_t cr4_fixed0, cr4_fixed1;
    struct control_range control[CONTROL_WORDS]; /* from the TRUE MSRs where there are any */
    uint8_t maxphyaddr;                          /* width of physical addresses, in bits */
};

/*
 * capabilities_read - fills caps and checks that VMX is there, enabled and sufficient.
 *
 * Writes one MSR: IA32_FEATURE_CONTROL is enabled for VMX and locked if the firmware left it
 * unlocked, because VMXON demands it (SDM "Enabling and Entering VMX Operation"). To be called on
 * each CPU. On false, why names the fact and the remedy.
 */
bool capabilities_read(struct vmx_capabilities *caps, struct refusal *why);

/* capabilities_check - the part of capabilities_read that judges a filled caps; touches nothing. */
bool capabilities_check(const struct vmx_capabilities *caps, struct refusal *why);

/*
 * feature_control_enable - what IA32_FEATURE_CONTROL has to become for VMXON to work, given that
 * it holds now. False where the firmware locked VMX off.
 */
bool feature_control_enable(uint64_t now, uint64_t *wanted, struct refusal *why);

/*
 * capabilities_require - whether every one of bits may be 1 in that word; why names the first
 * that may not by its SDM name.
 */
bool capabilities_require(const struct vmx_capabilities *caps, enum control_word which,
                          uint32_t bits, struct refusal *why);

/*
 * capabilities_control - the value for a control word: what must be 1, the required bits, and those
 * wanted bits that the processor offers. Required bits are set unconditionally: prove them first
 * (capabilities_read does so for what the VMM always needs, capabilities_require for the rest).
 */
uint32_t capabilities_control(const struct vmx_capabilities *caps, enum control_word which,
                              uint32_t required, uint32_t wanted);

/* capabilities_allow - those of bits that may be 1 in that word. */
static inline uint32_t capabilities_allow(const struct vmx_capabilities *caps,
                                          enum control_word which, uint32_t bits)
{
    return bits & caps->control[which].may;
}

/* capabilities_has_vpid - whether VPIDs can be used and flushed one by one. */
bool capabilities_has_vpid(const struct vmx_capabilities *caps);

/*
 * capabilities_cr0, capabilities_cr4 - value with the bits that VMX operation fixes (SDM "VMX-Fixed
 * Bits in CR0", "VMX-Fixed Bits in CR4"): for the host's own registers. A guest under "unrestricted
 * guest" may clear PE and PG all the same: capabilities_guest_cr0 leaves these two as they are.
 */
uint64_t capabilities_cr0(const struct vmx_capabilities *caps, uint64_t value);
uint64_t capabilities_cr4(const struct vmx_capabilities *caps, uint64_t value);
uint64_t capabilities_guest_cr0(const struct vmx_capabilities *caps, uint64_t value);

/* control_name - the SDM's name of a control bit (0-31); NULL where there is none. */
const char *control_name(enum control_word which, unsigned bit);

#endif
