/* SPDX-License-Identifier: MIT */
/* Where the VMM's own memory is. */
#include "guest/hidden_memory.h"

#include "guest/check.h"
#include "guest/memory_map.h"

struct range hidden_memory(void)
{
    struct range found = { 0, 0 };

    FOR_EACH_RANGE(available)
    {
        uint64_t end = available->base_addr + available->length;

        if (available->type != MEMORY_AVAILABLE || end >= 1ull << 32)
            continue;
        FOR_EACH_RANGE(range)
        {
            if (range->type == MEMORY_RESERVED && range->base_addr == end && end > found.base &&
                end >= 1 << 20)
                found = (struct range){ range->base_addr, range->length };
        }
    }
    return found;
}
