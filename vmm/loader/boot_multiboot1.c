/* SPDX-License-Identifier: MIT */
/* Reads Multiboot 1 information ("Boot information format" of the Multiboot specification). */
#include "vmm/loader/boot_multiboot.h"
#include "vmm/loader/multiboot.h"
#include "vmm/string.h"

struct reader {
    struct boot_info *boot;
    struct multiboot1_information info;
    physical_at *at;
    struct refusal *why;
};

/* Copies n bytes of physical memory; what names them in the refusal. */
static bool fetch(const struct reader *r, uint64_t address, void *to, size_t n, const char *what)
{
    const void *from = address + n > UINT32_MAX ? NULL : r->at(address, n);

    if (!from)
        return refuse(r->why, "Multiboot %s at %#llx is not in memory: broken boot loader", what,
                      (unsigned long long)address);
    memcpy(to, from, n);
    return true;
}

/* The length of the text at address; its NUL is looked for where there is memory only. */
static bool text_length(const struct reader *r, uint32_t address, size_t *length)
{
    const char *c;

    for (*length = 0; *length < BOOT_TEXT_MAX; (*length)++) {
        c = r->at((uint64_t)address + *length, 1);
        if (!c)
            return refuse(r->why, "Multiboot text at %#x runs out of memory: broken boot loader",
                          address);
        if (!*c)
            return true;
    }
    return refuse(r->why, "Multiboot text at %#x is longer than %d bytes; shorten it", address,
                  BOOT_TEXT_MAX);
}

static bool read_text(const struct reader *r, uint32_t address, const char **text)
{
    size_t length;
    const char *from;

    *text = "";
    if (!address)
        return true;
    if (!text_length(r, address, &length))
        return false;
    from = r->at(address, length + 1);
    if (!from)
        return refuse(r->why, "Multiboot text at %#x crosses a hole in memory: broken boot loader",
                      address);
    *text = boot_text_copy(r->boot, from, length, r->why);
    return *text != NULL;
}

static bool read_modules(const struct reader *r)
{
    struct multiboot1_module module;
    const char *line;

    for (uint32_t i = 0; i < r->info.mods_count; i++) {
        if (!fetch(r, r->info.mods_addr + (uint64_t)i * sizeof(module), &module, sizeof(module),
                   "module list") ||
            !read_text(r, module.string, &line) ||
            !boot_module_add(r->boot, module.mod_start, module.mod_end, line, r->why))
            return false;
    }
    return true;
}

static bool read_memory_map(const struct reader *r)
{
    struct multiboot1_memory_map entry;
    uint64_t at = r->info.mmap_addr, end = at + r->info.mmap_length;

    while (at + sizeof(entry) <= end) {
        if (!fetch(r, at, &entry, sizeof(entry), "memory map"))
            return false;
        if (entry.size < sizeof(entry) - sizeof(entry.size))
            return refuse(r->why, "Multiboot memory map entry of %u bytes: broken boot loader",
                          entry.size);
        if (!boot_memory_add(r->boot, entry.base_addr, entry.length, entry.type, r->why))
            return false;
        at += (uint64_t)entry.size + sizeof(entry.size);
    }
    return true;
}

static bool read_memory(const struct reader *r)
{
    if (r->info.flags & MULTIBOOT1_MEMORY_MAP)
        return read_memory_map(r);
    if (r->info.flags & MULTIBOOT1_MEMORY)
        return boot_memory_basic(r->boot, r->info.mem_lower, r->info.mem_upper, r->why);
    return true;
}

/* Three partition levels of a byte each, 0xff for none; BIOS partitions nest at most twice. */
static void read_boot_device(const struct reader *r)
{
    for (unsigned i = 0; i < 3; i++) {
        uint32_t part = (r->info.boot_device >> (24 - 8 * i)) & 0xff;

        r->boot->boot_device[i] = i && part == 0xff ? UINT32_MAX : part;
    }
    r->boot->has_boot_device = true;
}

static bool read_vbe(const struct reader *r)
{
    struct boot_vbe *vbe = &r->boot->vbe;

    vbe->present = true;
    vbe->mode = r->info.vbe_mode;
    vbe->interface_segment = r->info.vbe_interface_seg;
    vbe->interface_offset = r->info.vbe_interface_off;
    vbe->interface_length = r->info.vbe_interface_len;
    return fetch(r, r->info.vbe_control_info, vbe->control, sizeof(vbe->control),
                 "VBE control information") &&
           fetch(r, r->info.vbe_mode_info, vbe->mode_information, sizeof(vbe->mode_information),
                 "VBE mode information");
}

static void read_framebuffer(const struct reader *r)
{
    struct framebuffer *screen = &r->boot->framebuffer;

    screen->present = true;
    screen->address = r->info.framebuffer_addr;
    screen->pitch = r->info.framebuffer_pitch;
    screen->width = r->info.framebuffer_width;
    screen->height = r->info.framebuffer_height;
    screen->bits_per_pixel = r->info.framebuffer_bpp;
    screen->type = r->info.framebuffer_type;
    if (screen->type == FRAMEBUFFER_RGB)
        memcpy(screen->rgb, r->info.color_info, sizeof(screen->rgb));
}

static bool read_rest(const struct reader *r)
{
    uint32_t flags = r->info.flags;

    if (flags & MULTIBOOT1_BOOT_DEVICE)
        read_boot_device(r);
    if (flags & MULTIBOOT1_FRAMEBUFFER)
        read_framebuffer(r);
    if (flags & MULTIBOOT1_APM) {
        r->boot->apm_length = sizeof(r->boot->apm);
        if (!fetch(r, r->info.apm_table, r->boot->apm, sizeof(r->boot->apm), "APM table"))
            return false;
    }
    return !(flags & MULTIBOOT1_VBE) || read_vbe(r);
}

bool boot_multiboot1_parse(struct boot_info *boot, uint64_t info, physical_at *at,
                           struct refusal *why)
{
    struct reader r = { .boot = boot, .at = at, .why = why };
    uint32_t flags;

    /* A loader that knows less than version 0.6.96 may have left a shorter structure. */
    if (!fetch(&r, info, &flags, sizeof(flags), "information") ||
        !fetch(&r, info, &r.info,
               flags & (MULTIBOOT1_VBE | MULTIBOOT1_FRAMEBUFFER)
                   ? sizeof(r.info)
                   : offsetof(struct multiboot1_information, vbe_control_info),
               "information"))
        return false;
    if (flags & MULTIBOOT1_LOADER_NAME &&
        !read_text(&r, r.info.boot_loader_name, &boot->loader_name))
        return false;
    if (flags & MULTIBOOT1_COMMAND_LINE && !read_text(&r, r.info.cmdline, &boot->command_line))
        return false;
    if (flags & MULTIBOOT1_MODULES && !read_modules(&r))
        return false;
    return read_memory(&r) && read_rest(&r);
}
