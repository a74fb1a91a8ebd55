/* SPDX-License-Identifier: MIT */
/* The guest's page tables beyond those that start.S made. */
#include "guest/paging.h"

#include "vmx/x86.h"

extern uint64_t boot_directories[4 * 512];

static uint64_t first_pages[512] __attribute__((aligned(4096)));

void paging_init(void)
{
    for (uint64_t i = 0; i < 512; i++)
        first_pages[i] = i * PAGE_SIZE | PAGE_ALL;
    boot_directories[0] = (uint64_t)first_pages | PAGE_ALL;
    write_cr3((uint64_t)paging_root);
}

uint64_t *paging_entry(const void *page)
{
    return &first_pages[(uint64_t)page / PAGE_SIZE];
}

void paging_set(const void *page, uint64_t entry)
{
    *paging_entry(page) = entry;
    invlpg(page);
}

void paging_reset(const void *page)
{
    paging_set(page, ((uint64_t)page & -(uint64_t)PAGE_SIZE) | PAGE_ALL);
}
