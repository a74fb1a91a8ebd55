/* SPDX-License-Identifier: MIT */
/* A journey out of long mode, through every other mode of the processor, and back. */
#ifndef GUEST_MODES_H
#define GUEST_MODES_H

/* Where the real-mode part runs: modes_run saves and restores this page. */
#define MODES_REAL_BASE 0x8000

/* The linear address that the 32-bit page tables map to the first 2 or 4 MiB as well. */
#define MODES_WINDOW 0x40000000

#ifndef __ASSEMBLER__

#include <stdint.h>

/* What each station saw; modes.S fills it in. "vector" is the exception taken, ~0 for none. */
struct modes_seen {
    struct {
        uint32_t cr0, efer; /* right after CR0.PG was cleared */
        uint32_t cpuid_ebx; /* of leaf 0 */
        uint32_t port;      /* the dword written to port 0xcf8 and read back */
        uint32_t vmcall_vector;
        uint32_t bad_pdpte_vector; /* CR0.PG with PAE and a reserved bit in a PDPTE */
    } unpaged;
    struct {
        uint32_t cr0, cr4;
        uint32_t cell;            /* modes_cell by the window */
        uint32_t stale_cell;      /* again, its PDPTE cleared in memory but not reloaded */
        uint32_t reloaded_vector; /* again, after CR3 was written */
        uint32_t reloaded_cr2;
        uint32_t bad_pdpte_vector; /* MOV to CR3 with a reserved bit in a PDPTE */
        uint32_t cpuid_ebx;
    } pae;
    struct {
        uint32_t cr0, cr4;
        uint32_t cell;
        uint32_t cpuid_ebx;
    } paged32;
    struct {
        uint32_t cr0;
        uint32_t cpuid_ebx;
        uint32_t port;
        uint32_t segment_cell; /* a dword by DS = 0x0900 */
        uint32_t interrupt;    /* left by the handler of INT 0x60 */
        uint32_t ud2_count;    /* times that #UD came, and was stepped over */
        uint32_t smsw;
    } real;
};

extern struct modes_seen modes_seen;
extern const uint32_t modes_cell; /* holds 0xce11 */

/* Interrupts must be off. */
void modes_run(void);

#endif
#endif
