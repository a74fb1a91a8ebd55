/* SPDX-License-Identifier: MIT */
/* From the boot loader's modules to a guest in memory. */
#include "vmm/loader/guest_start.h"

#include "vmm/loader/builtin_guest.h"
#include "vmm/loader/guest_bios.h"
#include "vmm/memory.h"
#include "vmm/string.h"

static struct memory_map guest_map;

/* Guest RAM lies at its own address; everything else is out of a loader's reach. */
static void *guest_memory(uint64_t address, uint64_t length)
{
    if (!guest_physical_allowed(address, length) ||
        !memory_map_is_usable(&guest_map, address, length))
        return NULL;
    return (void *)address;
}

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
}

/*
 * Copies the modules to the top of RAM, right below the VMM, because the guest kernel wants the low
 * addresses that boot loaders put modules at.
 */
static bool move_modules(const struct boot_info *boot, struct guest_load *load, struct refusal *why)
{
    static struct memory_avoid avoid;
    uint64_t total = 0, to;

    for (uint32_t i = 0; i < boot->module_count; i++) {
        uint64_t length = boot->module[i].end - boot->module[i].start;

        memory_avoid_add(&avoid, boot->module[i].start, length);
        total += pages_of(length);
    }
    if (!total)
        return true;
    if (!memory_map_find_top(load->map, 0x100000, memory_base(), total, PAGE_SIZE, &avoid, &to))
        return refuse(why,
                      "no %lu KiB of free memory for a second copy of the modules; "
                      "give the machine more memory",
                      total >> 10);
    for (uint32_t i = 0; i < boot->module_count; i++) {
        const struct boot_module *module = &boot->module[i];
        uint64_t length = module->end - module->start;

        memcpy((void *)to, (const void *)module->start, length);
        load->module[i] =
            (struct guest_module){ (const uint8_t *)to, length, to, module->command_line };
        to += pages_of(length);
    }
    load->module_count = boot->module_count;
    return true;
}

bool guest_start(struct boot_info *boot, const char *builtin_command_line,
                 struct guest_entry *entry, struct refusal *why)
{
    static struct guest_load load;

    guest_map = boot->map;
    if (!memory_map_reserve(&guest_map, memory_base(), memory_length()))
        return refuse(why,
                      "the machine's memory map has more than %d regions; "
                      "this firmware needs a larger table (MEMORY_MAP_MAX)",
                      MEMORY_MAP_MAX);
    load.boot = boot;
    load.map = &guest_map;
    load.at = guest_memory;
    if (!move_modules(boot, &load, why) || !guest_bios_set_up(&load, why))
        return false;
    if (!load.module_count) {
        load.module[0] =
            (struct guest_module){ builtin_guest, (uint64_t)(builtin_guest_end - builtin_guest),
                                   virt_to_phys(builtin_guest), builtin_command_line };
        load.module_count = 1;
    }
    return guest_load(&load, entry, why);
}
