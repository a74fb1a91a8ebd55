/* SPDX-License-Identifier: MIT */
/* Extended page tables: the guest's physical memory is the machine's, apart from hidden ranges. */
#ifndef VMX_EPT_H
#define VMX_EPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmx/mtrr.h"

enum {
    EPT_ENTRIES = 512,
    EPT_HIDDEN_MAX = 16,
    EPT_LEVELS = 4, /* 4: 512 GiB an entry, 3: 1 GiB, 2: 2 MiB, 1: 4 KiB */
};

/* EPT entries: SDM "The Extended Page Table Mechanism". */
enum {
    EPT_READ = 1u << 0,
    EPT_WRITE = 1u << 1,
    EPT_EXECUTE = 1u << 2,
    EPT_ACCESS = EPT_READ | EPT_WRITE | EPT_EXECUTE,
    EPT_TYPE_SHIFT = 3,
    EPT_TYPE_MASK = 7u << EPT_TYPE_SHIFT,
    EPT_IGNORE_PAT = 1u << 6,
    EPT_LARGE = 1u << 7,
};

#define EPT_ADDRESS_MASK UINT64_C(0x000ffffffffff000)

struct ept_table {
    uint64_t entry[EPT_ENTRIES];
} __attribute__((aligned(4096)));

struct ept_range {
    uint64_t base, end;
};

/*
 * Nothing here is locked: one CPU at a time changes a struct ept, while others may run guests on it
 * (entries appear whole, in an order that their page walks can bear).
 */
struct ept {
    struct ept_table *root;
    struct ept_table *free; /* unused tables, chained through their first entries */
    size_t free_count;
    const struct mtrr_state *mtrr;
    uint64_t capability; /* IA32_VMX_EPT_VPID_CAP */
    uint64_t limit;      /* first guest-physical address that cannot be translated */
    struct ept_range hidden[EPT_HIDDEN_MAX];
    unsigned hidden_count;
    bool coarse; /* tables ran out: no block is divided below 2 MiB for its types alone */
};

/*
 * ept_init - an empty map.
 *
 * pool: pages tables (at least 2) whose addresses are their physical addresses; they need not be
 * cleared. One more is used for every 512 GiB, for each GiB and for each 2 MiB whose memory types
 * or hidden ranges (or a missing page size) call for smaller pages.
 * capability: IA32_VMX_EPT_VPID_CAP. mtrr must outlive the map. maxphyaddr in bits; page walks of
 * length 4 reach 48 bits, so a guest must not be told of more.
 */
void ept_init(struct ept *ept, struct ept_table *pool, size_t pages, uint64_t capability,
              const struct mtrr_state *mtrr, unsigned maxphyaddr);

/*
 * ept_hide - keeps base to base + length (widened to whole pages) from the guest from now on: no
 * access at all is allowed there. Gigabytes already mapped are mapped anew: flush afterwards.
 * False where there are too many ranges or the pool is empty; all is absent then.
 */
bool ept_hide(struct ept *ept, uint64_t base, uint64_t length);

/* ept_hidden - whether that guest-physical address lies in a hidden range. */
bool ept_hidden(const struct ept *ept, uint64_t gpa);

/*
 * ept_map_gigabyte - maps the GiB around gpa, identically, but for hidden ranges; nothing to flush.
 * False where the pool is empty or gpa lies beyond what can be translated. True also where it was
 * mapped before: on an EPT violation ask ept_hidden() first.
 */
bool ept_map_gigabyte(struct ept *ept, uint64_t gpa);

/* ept_map - ept_map_gigabyte for each GiB that base to base + length touches. */
bool ept_map(struct ept *ept, uint64_t base, uint64_t length);

/*
 * ept_make_room - for an empty pool: forgets the map, of which the guest will touch what it needs,
 * and takes fewer tables for it from then on, whatever the MTRRs say, until ept_retype. Flush
 * afterwards.
 */
void ept_make_room(struct ept *ept);

/*
 * ept_retype - maps what is mapped anew after *mtrr has changed: flush afterwards. False where the
 * pool did not suffice: as after ept_make_room then.
 */
bool ept_retype(struct ept *ept);

/*
 * ept_redirect - makes the hidden page that holds gpa lead to the page at physical address `page`,
 * write-back, with the given access (EPT_READ and so on) until the next ept_retype or ept_hide; with
 * access 0 it is absent again. Flush where it led somewhere before. False where gpa is not hidden or
 * the pool is empty.
 */
bool ept_redirect(struct ept *ept, uint64_t gpa, uint64_t page, uint64_t access);

/*
 * ept_lookup - for reports: the entry at which the translation of gpa ends and its level (4-1).
 * Returns whether it maps a page.
 */
bool ept_lookup(const struct ept *ept, uint64_t gpa, uint64_t *entry, unsigned *level);

/*
 * ept_pointer - the value for the VMCS (SDM "Extended-Page-Table Pointer (EPTP)"): page walks of
 * length 4, accessed and dirty flags off, tables write-back unless the processor knows only UC.
 */
uint64_t ept_pointer(const struct ept *ept);

/* The instructions INVEPT and INVVPID; false where the processor refuses type or operand. */
enum invept_type { INVEPT_SINGLE_CONTEXT = 1, INVEPT_ALL_CONTEXT = 2 };
enum invvpid_type {
    INVVPID_ADDRESS = 0,
    INVVPID_SINGLE_CONTEXT = 1,
    INVVPID_ALL_CONTEXT = 2,
    INVVPID_RETAINING_GLOBALS = 3,
};

static inline bool invept(enum invept_type type, uint64_t pointer)
{
    const uint64_t descriptor[2] = { pointer, 0 };
    bool ok;

    __asm__ volatile("invept %[descriptor], %[type]"
                     : "=@cca"(ok)
                     : [descriptor] "m"(descriptor), [type] "r"((uint64_t)type)
                     : "memory");
    return ok;
}

static inline bool invvpid(enum invvpid_type type, uint16_t vpid, uint64_t address)
{
    const uint64_t descriptor[2] = { vpid, address };
    bool ok;

    __asm__ volatile("invvpid %[descriptor], %[type]"
                     : "=@cca"(ok)
                     : [descriptor] "m"(descriptor), [type] "r"((uint64_t)type)
                     : "memory");
    return ok;
}

/* ept_flush - makes this CPU forget what it caches of the map, by the narrowest type it offers. */
bool ept_flush(const struct ept *ept);

#endif
