/* SPDX-License-Identifier: MIT */
/* Reads Multiboot2 information ("Boot information" of the Multiboot2 specification). */
#include "vmm/loader/boot_multiboot.h"
#include "vmm/loader/multiboot.h"
#include "vmm/string.h"

/* One tag: what follows its head. */
struct tag {
    uint32_t type;
    uint32_t length;
    const uint8_t *payload;
};

static bool too_short(const struct tag *tag, struct refusal *why)
{
    return refuse(why, "Multiboot2 tag %u of %u bytes is too short: broken boot loader", tag->type,
                  tag->length);
}

/* Copies n bytes from the start of the payload. */
static bool take(const struct tag *tag, void *to, size_t n, struct refusal *why)
{
    if (tag->length < n)
        return too_short(tag, why);
    memcpy(to, tag->payload, n);
    return true;
}

/* Copies at most n bytes from offset on; returns how many there were. */
static uint32_t take_up_to(const struct tag *tag, size_t offset, void *to, size_t n)
{
    size_t there = tag->length > offset ? tag->length - offset : 0;

    if (there < n)
        n = there;
    memcpy(to, tag->payload + (n ? offset : 0), n);
    return (uint32_t)n;
}

static bool read_text(struct boot_info *boot, const struct tag *tag, size_t offset,
                      const char **text, struct refusal *why)
{
    if (tag->length < offset)
        return too_short(tag, why);
    *text = boot_text_copy(boot, (const char *)tag->payload + offset, tag->length - offset, why);
    return *text != NULL;
}

static bool read_module(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    uint32_t range[2];
    const char *line = "";

    return take(tag, range, sizeof(range), why) &&
           read_text(boot, tag, sizeof(range), &line, why) &&
           boot_module_add(boot, range[0], range[1], line, why);
}

static bool read_memory_map(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    struct multiboot2_memory_map head;
    struct multiboot2_memory_map_entry entry;

    if (!take(tag, &head, sizeof(head), why))
        return false;
    if (head.entry_size < sizeof(entry))
        return refuse(why, "Multiboot2 memory map entries of %u bytes: broken boot loader",
                      head.entry_size);
    for (uint64_t at = sizeof(head); at + sizeof(entry) <= tag->length; at += head.entry_size) {
        memcpy(&entry, tag->payload + at, sizeof(entry));
        if (!boot_memory_add(boot, entry.base_addr, entry.length, entry.type, why))
            return false;
    }
    return true;
}

static bool read_boot_device(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    boot->has_boot_device = true;
    return take(tag, boot->boot_device, sizeof(boot->boot_device), why);
}

static bool read_framebuffer(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    struct multiboot2_framebuffer from = { 0 };
    struct framebuffer *to = &boot->framebuffer;
    const size_t common = offsetof(struct multiboot2_framebuffer, color_info);

    if (!take(tag, &from, common, why))
        return false;
    *to = (struct framebuffer){ .present = true,
                                .address = from.addr,
                                .pitch = from.pitch,
                                .width = from.width,
                                .height = from.height,
                                .bits_per_pixel = from.bpp,
                                .type = from.type };
    if (to->type == FRAMEBUFFER_RGB)
        take_up_to(tag, common, to->rgb, sizeof(to->rgb));
    return true;
}

static bool read_vbe(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    struct boot_vbe *vbe = &boot->vbe;
    struct multiboot2_vbe from;

    if (!take(tag, &from, sizeof(from), why))
        return false;
    vbe->present = true;
    vbe->mode = from.mode;
    vbe->interface_segment = from.interface_seg;
    vbe->interface_offset = from.interface_off;
    vbe->interface_length = from.interface_len;
    memcpy(vbe->control, from.control_info, sizeof(vbe->control));
    memcpy(vbe->mode_information, from.mode_info, sizeof(vbe->mode_information));
    return true;
}

static bool read_system_table(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    boot->efi_32 = tag->type == MULTIBOOT2_EFI32_SYSTEM_TABLE;
    return take(tag, &boot->efi_system_table, boot->efi_32 ? 4 : 8, why);
}

static bool read_smbios(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    boot->smbios_length = take_up_to(tag, 8, boot->smbios, sizeof(boot->smbios));
    return take(tag, boot->smbios_version, sizeof(boot->smbios_version), why);
}

/* The newer kind is kept where the loader gives both. */
static bool read_rsdp(struct boot_info *boot, const struct tag *tag)
{
    if (tag->type == MULTIBOOT2_ACPI_NEW || !boot->rsdp_length)
        boot->rsdp_length = take_up_to(tag, 0, boot->rsdp, sizeof(boot->rsdp));
    return true;
}

static bool read_apm(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    boot->apm_length = sizeof(boot->apm);
    return take(tag, boot->apm, sizeof(boot->apm), why);
}

static bool read_tag(struct boot_info *boot, const struct tag *tag, struct refusal *why)
{
    switch (tag->type) {
    case MULTIBOOT2_COMMAND_LINE:
        return read_text(boot, tag, 0, &boot->command_line, why);
    case MULTIBOOT2_LOADER_NAME:
        return read_text(boot, tag, 0, &boot->loader_name, why);
    case MULTIBOOT2_MODULE:
        return read_module(boot, tag, why);
    case MULTIBOOT2_MEMORY_MAP:
        return read_memory_map(boot, tag, why);
    case MULTIBOOT2_BOOT_DEVICE:
        return read_boot_device(boot, tag, why);
    case MULTIBOOT2_FRAMEBUFFER:
        return read_framebuffer(boot, tag, why);
    case MULTIBOOT2_VBE:
        return read_vbe(boot, tag, why);
    case MULTIBOOT2_APM:
        return read_apm(boot, tag, why);
    case MULTIBOOT2_EFI32_SYSTEM_TABLE:
    case MULTIBOOT2_EFI64_SYSTEM_TABLE:
        return read_system_table(boot, tag, why);
    case MULTIBOOT2_SMBIOS:
        return read_smbios(boot, tag, why);
    case MULTIBOOT2_ACPI_OLD:
    case MULTIBOOT2_ACPI_NEW:
        return read_rsdp(boot, tag);
    default:
        return true; /* nothing for the VMM, and not for its guests either */
    }
}

/* Memory sizes alone are worth having only where no tag gives a whole map. */
static bool basic_memory(struct boot_info *boot, const uint32_t kib[2], struct refusal *why)
{
    return boot->map.count || boot_memory_basic(boot, kib[0], kib[1], why);
}

static bool walk(struct boot_info *boot, const uint8_t *info, uint32_t total, struct refusal *why)
{
    struct multiboot2_tag head;
    uint32_t kib[2] = { 0, 0 };

    for (uint64_t at = sizeof(struct multiboot2_information); at + sizeof(head) <= total;
         at += ((uint64_t)head.size + 7) & ~7ULL) {
        struct tag tag;

        memcpy(&head, info + at, sizeof(head));
        if (head.type == MULTIBOOT2_END)
            return basic_memory(boot, kib, why);
        if (head.size < sizeof(head) || head.size > total - at)
            return refuse(why,
                          "Multiboot2 tag %u of %u bytes runs over the end of the "
                          "information: broken boot loader",
                          head.type, head.size);
        tag =
            (struct tag){ head.type, head.size - (uint32_t)sizeof(head), info + at + sizeof(head) };
        if (tag.type == MULTIBOOT2_BASIC_MEMORY && !take(&tag, kib, sizeof(kib), why))
            return false;
        if (!read_tag(boot, &tag, why))
            return false;
    }
    return refuse(why, "Multiboot2 information of %u bytes without an end tag: broken boot loader",
                  total);
}

bool boot_multiboot2_parse(struct boot_info *boot, uint64_t info, physical_at *at,
                           struct refusal *why)
{
    const struct multiboot2_information *head = at(info, sizeof(*head));
    uint32_t total;
    const uint8_t *all;

    if (!head)
        return refuse(why, "Multiboot2 information at %#llx is not in memory: broken boot loader",
                      (unsigned long long)info);
    memcpy(&total, head, sizeof(total));
    all = at(info, total);
    if (total < sizeof(*head) || !all)
        return refuse(why,
                      "Multiboot2 information of %u bytes at %#llx is not in memory: broken "
                      "boot loader",
                      total, (unsigned long long)info);
    return walk(boot, all, total, why);
}
