/* SPDX-License-Identifier: MIT */
/*
 * Guest memory by the guest's own addresses, for instructions that the VMM carries out:
 * segmentation and paging with their checks and faults. The VMM's hidden memory reads as ones and
 * keeps nothing.
 */
#ifndef VMX_GUEST_MEMORY_H
#define VMX_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmx/guest_mode.h"
#include "vmx/vcpu.h"

/* What an access is, as far as the guest's protection asks. Reads have no bit. */
enum guest_access {
    GUEST_READ = 0,
    GUEST_WRITE = 1u << 0,
    GUEST_FETCH = 1u << 1,
    GUEST_USER = 1u << 2, /* with CPL 3 */
    GUEST_SYSTEM =
        1u << 3, /* to a descriptor table or TSS: supervisor at every CPL, SMAP in force */
};

/* A fault that an access meets: nothing has been read, written or injected yet. */
struct guest_fault {
    uint8_t vector;
    uint32_t error_code;
    uint64_t address; /* for CR2 */
};

/* What a walk of the guest's paging structures depends on: SDM "Paging". */
struct guest_paging {
    uint64_t cr0, cr3, cr4, efer;
    uint64_t pdpte[4];     /* PAE paging only */
    bool explicit_smap_on; /* RFLAGS.AC is clear */
    uint32_t pkru;         /* 0 without CR4.PKE */
    uint8_t physical_address_bits;
};

/*
 * guest_walk - translates a linear address, by any paging mode; sets accessed and dirty flags as
 * the processor would. access: enum guest_access. False with the error code of the page fault. SDM:
 * "32-Bit Paging", "PAE Paging", "4-Level Paging and 5-Level Paging", "Access Rights". Not looked
 * at: protection keys of supervisor pages (CR4.PKS).
 */
bool guest_walk(const struct guest_paging *paging, uint64_t linear, unsigned access, uint64_t *gpa,
                uint32_t *error_code);

/*
 * guest_physical_read, guest_physical_write - plain guest-physical memory; outside of what
 * guest_physical_allowed() grants, reads give ones and writes are dropped.
 */
void guest_physical_read(uint64_t gpa, void *to, size_t size);
void guest_physical_write(uint64_t gpa, const void *from, size_t size);

/* A piece of linear memory (of at most 4 KiB) as one or two of physical memory. */
struct guest_span {
    uint64_t gpa[2];
    size_t size[2];
};

/* guest_map - proves an access to linear memory and says where it goes. */
bool guest_map(const struct vcpu *vcpu, uint64_t linear, size_t size, unsigned access,
               struct guest_span *span, struct guest_fault *fault);
void guest_span_read(const struct guest_span *span, void *to);
void guest_span_write(const struct guest_span *span, const void *from);

/* guest_linear_read, guest_linear_write - guest_map and the copy; size is at most 4 KiB. */
bool guest_linear_read(const struct vcpu *vcpu, uint64_t linear, void *to, size_t size,
                       unsigned access, struct guest_fault *fault);
bool guest_linear_write(const struct vcpu *vcpu, uint64_t linear, const void *from, size_t size,
                        unsigned access, struct guest_fault *fault);

/*
 * guest_segment - the linear address of size bytes at an offset within a segment (ES to GS), after
 * the checks of type, limit or canonical form. SDM: "Limit Checking", "Type Checking".
 */
bool guest_segment(enum segment segment, uint64_t offset, size_t size, unsigned access,
                   uint64_t *linear, struct guest_fault *fault);

/* guest_access_now - GUEST_USER if the guest runs with CPL 3, with kind (GUEST_WRITE ...) added. */
unsigned guest_access_now(unsigned kind);

/*
 * guest_read_operand, guest_write_operand - memory operands of instructions: segmentation, paging,
 * and alignment (a fault at CPL 3 when asked for). On false the fault has been injected.
 */
bool guest_read_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, void *to,
                        size_t size);
bool guest_write_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, const void *from,
                         size_t size);

/* guest_map_operand - their first half: proves the operand, kind is GUEST_READ or GUEST_WRITE. */
bool guest_map_operand(struct vcpu *vcpu, enum segment segment, uint64_t offset, size_t size,
                       unsigned kind, struct guest_span *span);

/* guest_fetch - the first size bytes at CS:RIP; false, and none read, where they are not there. */
bool guest_fetch(const struct vcpu *vcpu, void *to, size_t size);

#endif
