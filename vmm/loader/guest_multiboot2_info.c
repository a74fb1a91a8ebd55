/* SPDX-License-Identifier: MIT */
/* What a Multiboot2 guest is told: "Boot information" of the Multiboot2 specification. */
#include "vmm/loader/guest_multiboot2.h"

#include "vmm/loader/multiboot.h"
#include "vmm/string.h"

enum { TAG_ALIGN = 8 };

/* A tag's head and n bytes of it; whoever appends the rest counted it in rest. */
static uint64_t put_tag(struct guest_block *block, uint32_t type, const void *payload, size_t n,
                        size_t rest)
{
    const struct multiboot2_tag tag = { type, (uint32_t)(sizeof(tag) + n + rest) };

    guest_block_put(block, &tag, sizeof(tag), TAG_ALIGN);
    return guest_block_put(block, payload, n, 1);
}

static void put_text(struct guest_block *block, uint32_t type, const char *text)
{
    put_tag(block, type, text, strlen(text) + 1, 0);
}

static void put_modules(const struct guest_load *load, struct guest_block *block)
{
    for (uint32_t i = 1; i < load->module_count; i++) {
        const struct guest_module *module = &load->module[i];
        const uint32_t range[2] = { (uint32_t)module->address,
                                    (uint32_t)(module->address + module->length) };
        size_t length = strlen(module->command_line) + 1;

        put_tag(block, MULTIBOOT2_MODULE, range, sizeof(range), length);
        guest_block_put(block, module->command_line, length, 1);
    }
}

static void put_memory(const struct memory_map *map, struct guest_block *block)
{
    const uint32_t kib[2] = { guest_lower_kib(map), guest_upper_kib(map) };
    const struct multiboot2_memory_map head = { sizeof(struct multiboot2_memory_map_entry), 0 };

    put_tag(block, MULTIBOOT2_BASIC_MEMORY, kib, sizeof(kib), 0);
    put_tag(block, MULTIBOOT2_MEMORY_MAP, &head, sizeof(head),
            map->count * (size_t)head.entry_size);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct multiboot2_memory_map_entry entry = { map->region[i].base,
                                                           map->region[i].length,
                                                           map->region[i].type, 0 };

        guest_block_put(block, &entry, sizeof(entry), 1);
    }
}

static void put_screen(const struct boot_info *boot, struct guest_block *block)
{
    const struct framebuffer *screen = &boot->framebuffer;
    const struct boot_vbe *vbe = &boot->vbe;
    struct multiboot2_framebuffer tag = {
        screen->address,
        screen->pitch,
        screen->width,
        screen->height,
        screen->bits_per_pixel,
        screen->type,
        0,
        { 0 },
    };
    const uint16_t mode[4] = { vbe->mode, vbe->interface_segment, vbe->interface_offset,
                               vbe->interface_length };

    memcpy(tag.color_info, screen->rgb, sizeof(tag.color_info));
    if (screen->present)
        put_tag(block, MULTIBOOT2_FRAMEBUFFER, &tag, sizeof(tag), 0);
    if (!vbe->present)
        return;
    put_tag(block, MULTIBOOT2_VBE, mode, sizeof(mode),
            sizeof(vbe->control) + sizeof(vbe->mode_information));
    guest_block_put(block, vbe->control, sizeof(vbe->control), 1);
    guest_block_put(block, vbe->mode_information, sizeof(vbe->mode_information), 1);
}

/* The EFI memory map is left out: it tells of memory that is the VMM's now. */
static void put_firmware(const struct boot_info *boot, struct guest_block *block)
{
    const uint8_t smbios_head[8] = { boot->smbios_version[0], boot->smbios_version[1] };

    if (boot->has_boot_device)
        put_tag(block, MULTIBOOT2_BOOT_DEVICE, boot->boot_device, sizeof(boot->boot_device), 0);
    if (boot->apm_length)
        put_tag(block, MULTIBOOT2_APM, boot->apm, boot->apm_length, 0);
    if (boot->efi_system_table)
        put_tag(block, boot->efi_32 ? MULTIBOOT2_EFI32_SYSTEM_TABLE : MULTIBOOT2_EFI64_SYSTEM_TABLE,
                &boot->efi_system_table, boot->efi_32 ? 4 : 8, 0);
    if (boot->smbios_length) {
        put_tag(block, MULTIBOOT2_SMBIOS, smbios_head, sizeof(smbios_head), boot->smbios_length);
        guest_block_put(block, boot->smbios, boot->smbios_length, 1);
    }
    if (boot->rsdp_length)
        put_tag(block, boot->rsdp_length > 20 ? MULTIBOOT2_ACPI_NEW : MULTIBOOT2_ACPI_OLD,
                boot->rsdp, boot->rsdp_length, 0);
}

static uint64_t put_sections(const struct elf_file *elf, struct guest_block *block)
{
    const struct multiboot2_elf_sections head = { elf->section_header_count,
                                                  elf->section_header_size, elf->section_names };
    size_t length = elf_section_table_length(elf);

    if (!length)
        return 0;
    put_tag(block, MULTIBOOT2_ELF_SECTIONS, &head, sizeof(head), length);
    return guest_block_put(block, NULL, length, 1);
}

uint64_t multiboot2_put_information(const struct guest_load *load, const struct elf_file *elf,
                                    bool relocated, uint64_t load_base, struct guest_block *block,
                                    uint64_t *sections)
{
    struct multiboot2_information head = { 0, 0 };
    uint64_t at = guest_block_put(block, &head, sizeof(head), TAG_ALIGN);

    put_text(block, MULTIBOOT2_COMMAND_LINE, load->module[0].command_line);
    put_text(block, MULTIBOOT2_LOADER_NAME, "vexit");
    put_modules(load, block);
    put_memory(load->map, block);
    put_screen(load->boot, block);
    put_firmware(load->boot, block);
    *sections = put_sections(elf, block);
    if (relocated)
        put_tag(block, MULTIBOOT2_LOAD_BASE, &load_base, sizeof(uint32_t), 0);
    put_tag(block, MULTIBOOT2_END, NULL, 0, 0);
    head.total_size = (uint32_t)block->used;
    if (block->memory)
        memcpy(block->memory + (at - block->base), &head, sizeof(head));
    return at;
}
