/* SPDX-License-Identifier: MIT */
/* Loads Multiboot 1 kernels, ELF or with address fields, as the Multiboot specification says. */
#include "vmm/loader/guest_elf.h"
#include "vmm/loader/guest_flat.h"
#include "vmm/loader/guest_loaders.h"
#include "vmm/loader/multiboot.h"
#include "vmm/string.h"

enum {
    HEADER_SHORT = 12,     /* bytes of the header without address fields */
    HEADER_ADDRESSES = 32, /* with them, without the video fields */
};

int64_t guest_find_multiboot1(const struct guest_module *image)
{
    uint32_t words[3];

    for (uint32_t at = 0; at + sizeof(words) <= MULTIBOOT1_HEADER_SEARCH; at += 4)
        if (guest_read(image, at, words, sizeof(words)) && words[0] == MULTIBOOT1_HEADER_MAGIC &&
            words[0] + words[1] + words[2] == 0)
            return at;
    return -1;
}

static bool read_header(const struct guest_load *load, uint64_t offset,
                        struct multiboot1_header *header, struct refusal *why)
{
    const uint32_t known =
        MULTIBOOT1_HEADER_ALIGN_MODULES | MULTIBOOT1_HEADER_MEMORY | MULTIBOOT1_HEADER_VIDEO;
    uint32_t unknown;

    memset(header, 0, sizeof(*header));
    guest_read(&load->module[0], offset, header, HEADER_SHORT);
    unknown = header->flags & MULTIBOOT1_HEADER_REQUIREMENTS & ~known;
    if (unknown)
        return refuse(why,
                      "guest image: its Multiboot header requires features %#x, which no "
                      "specification has; check the header's flags",
                      unknown);
    if (header->flags & MULTIBOOT1_HEADER_ADDRESSES &&
        !guest_read(&load->module[0], offset, header, HEADER_ADDRESSES))
        return refuse(why, "guest image: the file ends within its Multiboot header; it is "
                           "truncated, copy it again");
    if (header->flags & MULTIBOOT1_HEADER_VIDEO && !load->boot->framebuffer.present)
        return refuse(why, "guest image requires a video mode and the boot loader told of none; "
                           "boot vexit with GRUB's multiboot2 command");
    return true;
}

/* The image in memory; elf->image stays NULL for one that is not loaded as ELF. */
static bool load_image(struct guest_load *load, uint64_t offset, struct elf_file *elf,
                       struct guest_extent *extent, struct refusal *why)
{
    const struct guest_module *image = &load->module[0];
    struct multiboot1_header header;
    struct flat_image flat;

    memset(elf, 0, sizeof(*elf));
    if (!read_header(load, offset, &header, why))
        return false;
    if (header.flags & MULTIBOOT1_HEADER_ADDRESSES) {
        const struct multiboot2_header_address fields = { header.header_addr, header.load_addr,
                                                          header.load_end_addr,
                                                          header.bss_end_addr };

        return flat_open(&flat, image, offset, &fields, header.entry_addr, extent, why) &&
               flat_load(&flat, load, 0, why);
    }
    if (!elf_recognise(image))
        return refuse(why, "guest image: Multiboot header without address fields in a file that "
                           "is not ELF; set bit 16 of its flags, or link it as ELF");
    return elf_open(elf, image, extent, why) && elf_load(elf, load, 0, why);
}

static uint32_t put_text(struct guest_block *block, const char *text)
{
    return (uint32_t)guest_block_put(block, text, strlen(text) + 1, 1);
}

static void put_modules(const struct guest_load *load, struct guest_block *block,
                        struct multiboot1_information *info)
{
    struct multiboot1_module list[BOOT_MODULE_MAX];

    info->mods_count = load->module_count - 1;
    info->flags |= MULTIBOOT1_MODULES;
    for (uint32_t i = 0; i < info->mods_count; i++) {
        const struct guest_module *module = &load->module[i + 1];

        list[i] = (struct multiboot1_module){ (uint32_t)module->address,
                                              (uint32_t)(module->address + module->length),
                                              put_text(block, module->command_line), 0 };
    }
    info->mods_addr = (uint32_t)guest_block_put(block, list, info->mods_count * sizeof(list[0]), 4);
}

static void put_memory(const struct memory_map *map, struct guest_block *block,
                       struct multiboot1_information *info)
{
    info->flags |= MULTIBOOT1_MEMORY | MULTIBOOT1_MEMORY_MAP;
    info->mem_lower = guest_lower_kib(map);
    info->mem_upper = guest_upper_kib(map);
    info->mmap_length = map->count * (uint32_t)sizeof(struct multiboot1_memory_map);
    info->mmap_addr = (uint32_t)guest_block_put(block, NULL, 0, 4);
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_region *region = &map->region[i];
        const struct multiboot1_memory_map entry = { sizeof(entry) - sizeof(entry.size),
                                                     region->base, region->length, region->type };

        guest_block_put(block, &entry, sizeof(entry), 4);
    }
}

static void put_screen(const struct boot_info *boot, struct guest_block *block,
                       struct multiboot1_information *info)
{
    const struct framebuffer *screen = &boot->framebuffer;
    const struct boot_vbe *vbe = &boot->vbe;

    if (screen->present) {
        info->flags |= MULTIBOOT1_FRAMEBUFFER;
        info->framebuffer_addr = screen->address;
        info->framebuffer_pitch = screen->pitch;
        info->framebuffer_width = screen->width;
        info->framebuffer_height = screen->height;
        info->framebuffer_bpp = screen->bits_per_pixel;
        info->framebuffer_type = screen->type;
        memcpy(info->color_info, screen->rgb, sizeof(info->color_info));
    }
    if (vbe->present) {
        info->flags |= MULTIBOOT1_VBE;
        info->vbe_control_info =
            (uint32_t)guest_block_put(block, vbe->control, sizeof(vbe->control), 4);
        info->vbe_mode_info = (uint32_t)guest_block_put(block, vbe->mode_information,
                                                        sizeof(vbe->mode_information), 4);
        info->vbe_mode = vbe->mode;
        info->vbe_interface_seg = vbe->interface_segment;
        info->vbe_interface_off = vbe->interface_offset;
        info->vbe_interface_len = vbe->interface_length;
    }
}

static void put_firmware(const struct boot_info *boot, struct guest_block *block,
                         struct multiboot1_information *info)
{
    if (boot->has_boot_device) {
        info->flags |= MULTIBOOT1_BOOT_DEVICE;
        info->boot_device = (boot->boot_device[0] & 0xff) << 24 |
                            (boot->boot_device[1] & 0xff) << 16 |
                            (boot->boot_device[2] & 0xff) << 8 | 0xff;
    }
    if (boot->apm_length) {
        info->flags |= MULTIBOOT1_APM;
        info->apm_table = (uint32_t)guest_block_put(block, boot->apm, boot->apm_length, 4);
    }
}

static void put_sections(const struct elf_file *elf, struct guest_block *block,
                         struct multiboot1_information *info)
{
    if (!elf->section_header_count)
        return;
    info->flags |= MULTIBOOT1_ELF_SECTIONS;
    info->elf.num = elf->section_header_count;
    info->elf.size = elf->section_header_size;
    info->elf.shndx = elf->section_names;
    info->elf.addr = (uint32_t)guest_block_put(block, NULL, elf_section_table_length(elf), 16);
}

/* Writes (or with an empty block counts) all structures; the information itself comes last. */
static uint64_t put_information(const struct guest_load *load, const struct elf_file *elf,
                                struct guest_block *block, uint32_t *sections)
{
    struct multiboot1_information info = {
        .flags = MULTIBOOT1_COMMAND_LINE | MULTIBOOT1_LOADER_NAME,
    };

    info.cmdline = put_text(block, load->module[0].command_line);
    info.boot_loader_name = put_text(block, "vexit");
    put_modules(load, block, &info);
    put_memory(load->map, block, &info);
    put_screen(load->boot, block, &info);
    put_firmware(load->boot, block, &info);
    put_sections(elf, block, &info);
    *sections = info.elf.addr;
    return guest_block_put(block, &info, sizeof(info), 8);
}

bool guest_load_multiboot1(struct guest_load *load, uint64_t offset, struct guest_entry *entry,
                           struct refusal *why)
{
    struct guest_extent extent;
    struct elf_file elf;
    struct guest_block block = { 0 };
    uint32_t sections;

    if (!load_image(load, offset, &elf, &extent, why) || !guest_place_modules(load, why))
        return false;
    *entry = (struct guest_entry){ .protocol = "Multiboot 1",
                                   .code_selector = 0x10,
                                   .data_selector = 0x18,
                                   .rip = extent.entry,
                                   .rax = MULTIBOOT1_BOOT_MAGIC,
                                   .rsp = guest_stack(load) };
    put_information(load, &elf, &block, &sections);
    block.memory = guest_place_structures(load, block.used, &block.base, why);
    if (!block.memory)
        return false;
    block.used = 0;
    entry->rbx = put_information(load, &elf, &block, &sections);
    return !elf.section_header_count ||
           elf_load_sections(&elf, load, block.memory + (sections - block.base), why);
}
