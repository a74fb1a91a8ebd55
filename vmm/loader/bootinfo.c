/* SPDX-License-Identifier: MIT */
/* Boot information: the part that does not depend on the Multiboot version. */
#include "vmm/loader/bootinfo.h"

#include "vmm/loader/boot_multiboot.h"
#include "vmm/string.h"

const char *boot_text_copy(struct boot_info *boot, const char *from, size_t max,
                           struct refusal *why)
{
    char *to = boot->text + boot->text_used;
    size_t room = sizeof(boot->text) - boot->text_used;
    size_t n = 0;

    while (n < max && from[n]) {
        if (n + 1 >= room)
            break;
        to[n] = from[n];
        n++;
    }
    if (n >= room || (n < max && from[n])) {
        refuse(why, "command lines of more than %d bytes together; shorten them", BOOT_TEXT_MAX);
        return NULL;
    }
    to[n] = '\0';
    boot->text_used += (uint32_t)n + 1;
    return to;
}

bool boot_module_add(struct boot_info *boot, uint64_t start, uint64_t end, const char *command_line,
                     struct refusal *why)
{
    if (boot->module_count == BOOT_MODULE_MAX)
        return refuse(why, "more than %d modules; join some of them", BOOT_MODULE_MAX);
    if (end < start)
        return refuse(why, "module %u ends at %#llx, before its start %#llx: broken boot loader",
                      boot->module_count, (unsigned long long)end, (unsigned long long)start);
    boot->module[boot->module_count++] = (struct boot_module){ start, end, command_line };
    return true;
}

bool boot_memory_add(struct boot_info *boot, uint64_t base, uint64_t length, uint32_t type,
                     struct refusal *why)
{
    if (!memory_map_add(&boot->map, base, length, type ? type : MEMORY_RESERVED))
        return refuse(why, "memory map of more than %d regions; this build has no room for it",
                      MEMORY_MAP_MAX);
    return true;
}

bool boot_memory_basic(struct boot_info *boot, uint32_t lower_kib, uint32_t upper_kib,
                       struct refusal *why)
{
    return boot_memory_add(boot, 0, (uint64_t)lower_kib * 1024, MEMORY_USABLE, why) &&
           boot_memory_add(boot, 0x100000, (uint64_t)upper_kib * 1024, MEMORY_USABLE, why);
}

/* Loaders that put the file's name before the arguments; GRUB 2 and most others do not. */
static bool puts_name_first(const char *loader)
{
    static const char *const naming[] = { "qemu", "GNU GRUB 0." };

    for (size_t i = 0; i < sizeof(naming) / sizeof(naming[0]); i++)
        if (!strncmp(loader, naming[i], strlen(naming[i])))
            return true;
    return false;
}

static const char *without_name(const char *line)
{
    while (*line && *line != ' ')
        line++;
    while (*line == ' ')
        line++;
    return line;
}

static void drop_names(struct boot_info *boot)
{
    if (!puts_name_first(boot->loader_name))
        return;
    boot->command_line = without_name(boot->command_line);
    for (uint32_t i = 0; i < boot->module_count; i++)
        boot->module[i].command_line = without_name(boot->module[i].command_line);
}

bool boot_info_parse(struct boot_info *boot, uint32_t magic, uint64_t info, physical_at *at,
                     struct refusal *why)
{
    bool good;

    memset(boot, 0, sizeof(*boot));
    boot->magic = magic;
    boot->command_line = "";
    boot->loader_name = "unknown loader";
    if (magic == MULTIBOOT1_BOOT_MAGIC)
        good = boot_multiboot1_parse(boot, info, at, why);
    else if (magic == MULTIBOOT2_BOOT_MAGIC)
        good = boot_multiboot2_parse(boot, info, at, why);
    else
        return refuse(why,
                      "started with %#x in EAX, not by a Multiboot loader; boot vexit with "
                      "GRUB's multiboot2 or multiboot command",
                      magic);
    if (!good)
        return false;
    if (!memory_map_usable_total(&boot->map))
        return refuse(why, "the boot loader %s gave no memory map; boot vexit with GRUB",
                      boot->loader_name);
    drop_names(boot);
    return true;
}
