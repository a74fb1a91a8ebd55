/* SPDX-License-Identifier: MIT */
/* The guest's page tables: 4 GiB identity, the first 2 MiB of it in 4 KiB pages. */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include <stdint.h>

enum { PAGE_SIZE = 4096 };

/* SDM "Hierarchical Paging Structures". */
enum {
    PAGE_PRESENT = 1u << 0,
    PAGE_WRITABLE = 1u << 1,
    PAGE_USER = 1u << 2,
    PAGE_LARGE = 1u << 7,
    PAGE_ALL = PAGE_PRESENT | PAGE_WRITABLE | PAGE_USER,
};
#define PAGE_NO_EXECUTE (1ull << 63)
#define PAGE_RESERVED   (1ull << 51) /* above the physical address width */

/* An address that is mapped nowhere. */
#define PAGING_NOWHERE 0x100000000000

/* The root of the tables: what CR3 holds. */
extern uint64_t paging_root[512];

/* Splits the first 2 MiB into pages. */
void paging_init(void);

/* The entry that maps a page of the first 2 MiB. */
uint64_t *paging_entry(const void *page);

/* Sets such an entry and invalidates the page's translation. */
void paging_set(const void *page, uint64_t entry);

/* Maps such a page to itself again, with all rights. */
void paging_reset(const void *page);

#endif
