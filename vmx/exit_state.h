/* SPDX-License-Identifier: MIT */
/* What the exit handlers of one vCPU remember from exit to exit. */
#ifndef VMX_EXIT_STATE_H
#define VMX_EXIT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx/x86.h"

enum {
    CPUID_DIRECT = 32,  /* leaves below, by number */
    CPUID_ROWS = 64,    /* further leaves and subleaves */
    MONITOR_LINE = 64,  /* bytes */
    SINK_PAGES_MAX = 8, /* hidden pages that one instruction may touch */
    SINK_BYTES = 4096,
};

/* The answer to a CPUID: as registers, and as the trace's slots hold it. */
union cpuid_row {
    struct cpuid reg;
    struct {
        uint64_t eax_ebx, ecx_edx; /* the first one in the low half */
    } slot;
};

/* What CPUID returns, read once: under another hypervisor each CPUID costs an exit of its own. */
struct cpuid_table {
    const union cpuid_row *direct[CPUID_DIRECT]; /* the whole answer to a leaf, or NULL */
    uint32_t max_basic, max_extended;
    unsigned rows;
    struct {
        uint32_t leaf, subleaf;
        union cpuid_row row;
    } row[CPUID_ROWS];
};

struct vmx_capabilities;
struct mtrr_state;

struct exit_state {
    struct cpuid_table cpuid;
    const struct vmx_capabilities *caps;
    struct mtrr_state *mtrr;

    uint64_t counters; /* bits of IA32_PERF_GLOBAL_CTRL that this CPU is known to have */

    uint64_t tsc_offset; /* as in the VMCS, where a VMM below would be asked for it */

    bool apic_off; /* the guest has switched its APIC off; the real one stays on */

    bool output_port_next; /* the keyboard controller awaits a byte for it: see a20.c */
    bool data_port_added;  /* to the ports that exit, for that byte */

    bool nmi_pending;     /* to be injected when the NMI window opens */
    bool nmi_given;       /* ever: the guest may be within an NMI handler */
    bool nmi_exit_blocks; /* see sanitize_nmi_exit() */

    bool halted; /* with interrupts disabled, at the timer's last beat */
    uint64_t halted_rip;

    bool monitor_armed;    /* what an intercepted MONITOR saw */
    uint64_t monitor_line; /* guest-physical address */
    uint8_t monitor_content[MONITOR_LINE];

    bool stepping; /* one instruction runs with hidden pages mapped to the sink */
    bool sink_writable;
    unsigned sink_pages;
    uint64_t sink_page[SINK_PAGES_MAX]; /* their guest-physical addresses */
    uint8_t sink[SINK_BYTES] __attribute__((aligned(SINK_BYTES)));
};

#endif
