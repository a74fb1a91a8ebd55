/* SPDX-License-Identifier: MIT */
/* The VMM's own memory: one piece at the top of RAM below 4 GiB that the guest never sees. */
#ifndef VMM_MEMORY_H
#define VMM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/loader/bootinfo.h"

enum { PAGE_SIZE = 4096 };

/*
 * Takes `extra` bytes of page-granular memory plus the image's own size from the top of RAM below
 * 4 GiB, moves the VMM there, maps it with one kind of access for each segment and all physical
 * memory at its own address (VA = PA; the first 512 GiB, or RAM alone without 1 GiB pages). What the
 * loader put the image into is cleared and free. False where no such piece of RAM is free.
 */
bool memory_take(const struct boot_info *boot, uint64_t extra, struct refusal *why);

/* n zeroed pages of it, at VA = PA; panics where memory_take took too little. */
void *memory_pages(size_t n);

/* The piece: physical address and length in bytes. */
uint64_t memory_base(void);
uint64_t memory_length(void);

/* The physical address of an object of the VMM's image. */
uint64_t virt_to_phys(const void *object);

/*
 * Whether length bytes at a guest-physical address are outside the VMM's memory and within reach of
 * a plain pointer: for handlers that read or write guest memory.
 */
bool guest_physical_allowed(uint64_t gpa, uint64_t length);

#endif
