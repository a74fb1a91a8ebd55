/* SPDX-License-Identifier: MIT */
/* The zero page: what a boot loader tells Linux about the machine. */
#include "vmm/loader/guest_linux.h"

/* The text screen of a VGA, with the cursor on the last line so that nothing is written over. */
static void fill_text_screen(struct linux_screen *screen)
{
    screen->orig_video_mode = 3;
    screen->orig_video_cols = 80;
    screen->orig_video_lines = 25;
    screen->orig_video_points = 16;
    screen->orig_video_is_vga = LINUX_VIDEO_VGA;
    screen->orig_y = 24;
}

/* Multiboot has position before size, Linux the other way round. */
static void fill_colours(struct linux_screen *screen, const uint8_t rgb[6])
{
    for (unsigned i = 0; i < 3; i++) {
        screen->rgb_reserved[2 * i] = rgb[2 * i + 1];
        screen->rgb_reserved[2 * i + 1] = rgb[2 * i];
    }
}

static void fill_graphics(struct linux_screen *screen, const struct framebuffer *from, bool efi)
{
    uint64_t bytes = (uint64_t)from->pitch * from->height;

    screen->orig_video_is_vga = efi ? LINUX_VIDEO_EFI : LINUX_VIDEO_VESA;
    screen->lfb_width = (uint16_t)from->width;
    screen->lfb_height = (uint16_t)from->height;
    screen->lfb_depth = from->bits_per_pixel;
    screen->lfb_linelength = (uint16_t)from->pitch;
    screen->lfb_base = (uint32_t)from->address;
    screen->ext_lfb_base = (uint32_t)(from->address >> 32);
    screen->capabilities = screen->ext_lfb_base ? LINUX_VIDEO_64BIT_BASE : 0;
    screen->lfb_size = (uint32_t)(efi ? bytes : (bytes + 0xffff) >> 16);
    fill_colours(screen, from->rgb);
}

/* A machine that started by EFI has no text mode to fall back to. */
static void fill_screen(struct linux_screen *screen, const struct boot_info *boot)
{
    bool efi = boot->efi_system_table != 0;

    if (boot->framebuffer.present && boot->framebuffer.type == FRAMEBUFFER_RGB)
        fill_graphics(screen, &boot->framebuffer, efi);
    else if (!efi)
        fill_text_screen(screen);
}

static void fill_memory(struct linux_boot_params *params, const struct memory_map *map)
{
    uint32_t upper = guest_upper_kib(map);

    params->alt_mem_k = upper;
    params->screen.ext_mem_k = (uint16_t)(upper < UINT16_MAX ? upper : UINT16_MAX);
    params->e820_entries = (uint8_t)map->count;
    for (uint32_t i = 0; i < map->count; i++)
        params->e820[i] = (struct linux_e820_entry){ map->region[i].base, map->region[i].length,
                                                     map->region[i].type };
}

_Static_assert((int)MEMORY_MAP_MAX <= (int)LINUX_E820_MAX,
               "every memory map fits into the zero page");

void linux_fill_zero_page(struct linux_boot_params *params, const struct guest_load *load,
                          const struct linux_layout *layout)
{
    struct linux_header *header = &params->header;

    fill_screen(&params->screen, load->boot);
    fill_memory(params, load->map);
    header->type_of_loader = LINUX_LOADER_UNDEFINED;
    header->code32_start = (uint32_t)layout->kernel;
    header->cmd_line_ptr = (uint32_t)layout->command_line;
    header->ramdisk_image = (uint32_t)layout->initrd;
    header->ramdisk_size = (uint32_t)layout->initrd_length;
    params->ext_ramdisk_image = (uint32_t)(layout->initrd >> 32);
    params->ext_ramdisk_size = (uint32_t)(layout->initrd_length >> 32);
    params->acpi_rsdp_addr = layout->rsdp;
}
