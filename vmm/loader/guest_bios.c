/* SPDX-License-Identifier: MIT */
/*
 * The BIOS knows nothing of the VMM's memory. Kernels that enter real mode to ask it (Xen does, and
 * whatever was written for a BIOS) would take that memory for their own.
 */
#include "vmm/loader/guest_bios.h"

#include "vmm/loader/bios_memory.h"
#include "vmm/loader/guest_loaders.h"
#include "vmm/string.h"

enum {
    VECTOR_MEMORY = 4 * 0x15, /* in the interrupt vector table: offset and segment */
    LOW_MEMORY_KIB = 0x413,   /* 16 bits in the BIOS's data: what INT 12h returns */
    FIRMWARE_DATA_END = 0x500,
    LOW_END = 0xa0000,
    PAGE = 4096,
    MIB = 1 << 20,
};

extern const uint8_t bios_memory_code[BIOS_MEMORY_NEXT];

struct __attribute__((packed)) entry {
    uint64_t base, length;
    uint32_t type;
};

_Static_assert(sizeof(struct entry) == BIOS_MEMORY_ENTRY, "as the ACPI specification has it");
_Static_assert(BIOS_MEMORY_TABLE + MEMORY_MAP_MAX * BIOS_MEMORY_ENTRY <= PAGE, "all in one page");

static uint16_t at_most(uint64_t value, uint16_t most)
{
    return value < most ? (uint16_t)value : most;
}

static void put16(uint8_t *to, uint16_t value)
{
    memcpy(to, &value, sizeof(value));
}

/* The values that the handler answers with. */
static void fill(uint8_t *page, const struct memory_map *map)
{
    uint64_t kib = memory_map_usable_from(map, MIB) / 1024;
    uint32_t count = map->count;

    put16(page + BIOS_MEMORY_BELOW_16M, at_most(kib, 15 * 1024));
    put16(page + BIOS_MEMORY_ABOVE_16M,
          at_most(memory_map_usable_from(map, 16 * MIB) / 65536, UINT16_MAX));
    put16(page + BIOS_MEMORY_EXTENDED, at_most(kib, UINT16_MAX));
    memcpy(page + BIOS_MEMORY_COUNT, &count, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        const struct memory_region *region = &map->region[i];
        const struct entry entry = { region->base, region->length, region->type };

        memcpy(page + BIOS_MEMORY_TABLE + i * sizeof(entry), &entry, sizeof(entry));
    }
}

bool guest_bios_set_up(struct guest_load *load, struct refusal *why)
{
    uint8_t *vector = load->at(VECTOR_MEMORY, sizeof(uint32_t)), *page;
    uint8_t *low_memory = load->at(LOW_MEMORY_KIB, sizeof(uint16_t));
    uint64_t base;
    uint32_t next;
    uint16_t kib;

    if (load->boot->efi_system_table || !vector || !low_memory)
        return true;
    memcpy(&next, vector, sizeof(next));
    if (!next) /* no BIOS ever ran */
        return true;
    if (!memory_map_find_top(load->map, FIRMWARE_DATA_END, LOW_END, PAGE, PAGE, NULL, &base))
        return refuse(why, "no page of low memory is free for what the BIOS tells the guest; "
                           "give the machine 640 KiB of it");
    page = load->at(base, PAGE);
    memset(page, 0, PAGE);
    memcpy(page, bios_memory_code, sizeof(bios_memory_code));
    put16(page + BIOS_MEMORY_NEXT, (uint16_t)next);
    put16(page + BIOS_MEMORY_NEXT + 2, (uint16_t)(next >> 16));
    if (!memory_map_reserve(load->map, base, PAGE))
        return refuse(why, "memory map of more than %d regions; this build has no room for it",
                      MEMORY_MAP_MAX);
    fill(page, load->map);
    put16(vector, 0);
    put16(vector + 2, (uint16_t)(base >> 4));
    memcpy(&kib, low_memory, sizeof(kib));
    put16(low_memory, at_most(base / 1024, kib));
    return true;
}
