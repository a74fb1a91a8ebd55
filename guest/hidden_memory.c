/* SPDX-License-Identifier: MIT */
/* Where the VMM's own memory is. */
#include "guest/hidden_memory.h"

#include "guest/memory_map.h"
#include "guest/vexit.h"

struct range hidden_memory(void)
{
    struct cpuid id = cpuid(VEXIT_CPUID_VERSION, 0);
    struct range vmm = { (uint64_t)id.ecx << 12, (uint64_t)id.edx << 12 };

    FOR_EACH_RANGE(range)
    {
        if (range->type == MEMORY_RESERVED && range->base_addr <= vmm.base &&
            range->base_addr + range->length >= vmm.base + vmm.length)
            return vmm;
    }
    return (struct range){ 0, 0 };
}
