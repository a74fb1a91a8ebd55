/* SPDX-License-Identifier: MIT */
/* A walk over the loader's memory map. */
#ifndef GUEST_MEMORY_MAP_H
#define GUEST_MEMORY_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "guest/check.h"
#include "vmm/loader/multiboot.h"

/* Types of ranges: Multiboot, "Boot information format". */
enum { MEMORY_AVAILABLE = 1, MEMORY_RESERVED = 2 };

typedef const struct multiboot1_memory_map memory_range;

static inline memory_range *memory_map_first(void)
{
    return (const void *)(uint64_t)surroundings.multiboot->mmap_addr;
}

/* NULL behind the last. */
static inline memory_range *memory_map_next(memory_range *range)
{
    const struct multiboot1_information *info = surroundings.multiboot;
    uint64_t next = (uint64_t)range + range->size + sizeof(range->size);

    return next < (uint64_t)info->mmap_addr + info->mmap_length ? (const void *)next : NULL;
}

#define FOR_EACH_RANGE(range)                                                                      \
    for (memory_range *range = memory_map_first(); range; range = memory_map_next(range))

#endif
