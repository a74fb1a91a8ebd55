/* SPDX-License-Identifier: MIT */
/* The state in which a Multiboot loader must enter a kernel, and what it must hand over. */
#include <stddef.h>

#include "guest/check.h"
#include "guest/entry.h"
#include "guest/memory_map.h"
#include "vmm/loader/multiboot.h"

enum { ENTRY_MAGIC = 0x2badb002, FIRST_MIB = 1 << 20 };

/* Multiboot, "Machine state". */
static void check_registers(void)
{
    check_equal(entry_state.eax, ENTRY_MAGIC, "EAX holds the loader's magic number at entry");
    check((entry_state.cr0 & CR0_PE) && !(entry_state.cr0 & CR0_PG),
          "CR0 has protection on and paging off at entry");
    check(!(entry_state.eflags & (RFLAGS_VM | RFLAGS_IF)), "EFLAGS has VM and IF clear at entry");
    check(entry_state.cs && entry_state.ds && entry_state.es && entry_state.ss,
          "no segment register is null at entry");
    check(entry_state.ds == entry_state.es && entry_state.ds == entry_state.ss,
          "DS, ES and SS are alike at entry");
}

/* The length of available memory from address on. */
static uint64_t available_from(uint64_t address)
{
    FOR_EACH_RANGE(range)
    {
        if (range->type == MEMORY_AVAILABLE && range->base_addr <= address &&
            address < range->base_addr + range->length)
            return range->base_addr + range->length - address;
    }
    return 0;
}

static bool ranges_are_apart(void)
{
    FOR_EACH_RANGE(a)
    {
        for (memory_range *b = memory_map_next(a); b; b = memory_map_next(b))
            if (a->base_addr < b->base_addr + b->length && b->base_addr < a->base_addr + a->length)
                return false;
    }
    return true;
}

static void check_memory_map(void)
{
    const struct multiboot1_information *info = surroundings.multiboot;
    bool sizes_right = true;

    if (!check(info->flags & MULTIBOOT1_MEMORY_MAP, "a memory map is handed over"))
        return;
    FOR_EACH_RANGE(range)
    {
        if (range->size < sizeof(*range) - sizeof(range->size) || !range->type)
            sizes_right = false;
    }
    check(sizes_right, "each entry of the memory map has a size and a type");
    check(ranges_are_apart(), "the memory map's ranges do not overlap");
    check(available_from(FIRST_MIB) > FIRST_MIB,
          "the memory map has this kernel in available memory");
    check(available_from(0) > 512 << 10, "the memory map has low memory from 0 on");
    check(info->flags & MULTIBOOT1_MEMORY, "sizes of lower and upper memory are handed over");
    check_equal(info->mem_lower, available_from(0) >> 10, "mem_lower agrees with the memory map");
    check(info->mem_upper && info->mem_upper <= available_from(FIRST_MIB) >> 10,
          "mem_upper lies within the memory map's available memory");
}

static void check_strings(void)
{
    const struct multiboot1_information *info = surroundings.multiboot;

    check(info->flags & MULTIBOOT1_COMMAND_LINE, "a command line is handed over");
    check((info->flags & MULTIBOOT1_LOADER_NAME) && *(const char *)(uint64_t)info->boot_loader_name,
          "the loader tells its name");
}

/* With A20 masked, an odd MiB is the even one below it. */
static void check_a20(void)
{
    static volatile uint32_t high = 0x12345678;
    volatile uint32_t *low = (void *)((uint64_t)&high & ~(uint64_t)FIRST_MIB);
    uint32_t saved = *low;

    *low = 0x9abcdef0;
    check_equal(high, 0x12345678, "A20 is open");
    *low = saved;
}

void check_boot(void)
{
    check_registers();
    check_memory_map();
    check_strings();
    check_a20();
}
