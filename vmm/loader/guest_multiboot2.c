/* SPDX-License-Identifier: MIT */
/* Loads Multiboot2 kernels, ELF or with an address tag, relocatable or not. */
#include "vmm/loader/guest_multiboot2.h"

#include "vmm/loader/guest_flat.h"
#include "vmm/loader/multiboot.h"
#include "vmm/string.h"

enum { LOWEST_BASE = 0x1000 }; /* below is what the firmware of a BIOS machine works with */

/* What the tags of a header ask for. */
struct multiboot2_wishes {
    bool has_addresses, has_entry, relocatable;
    bool console_required;
    struct multiboot2_header_address addresses;
    uint32_t entry;
    struct multiboot2_header_relocatable relocation;
};

int64_t guest_find_multiboot2(const struct guest_module *image)
{
    struct multiboot2_header header;

    for (uint32_t at = 0; at + sizeof(header) <= MULTIBOOT2_HEADER_SEARCH; at += 8)
        if (guest_read(image, at, &header, sizeof(header)) &&
            header.magic == MULTIBOOT2_HEADER_MAGIC &&
            header.magic + header.architecture + header.header_length + header.checksum == 0)
            return at;
    return -1;
}

/* A tag's payload into a structure of at least min bytes in the file. */
static bool payload(const struct guest_module *image, uint64_t at,
                    const struct multiboot2_header_tag *tag, void *to, size_t n,
                    struct refusal *why)
{
    if (tag->size < sizeof(*tag) + n)
        return refuse(why,
                      "guest image: Multiboot2 header tag %u has %u bytes, too few; check "
                      "the header",
                      tag->type, tag->size);
    return guest_read(image, at + sizeof(*tag), to, n);
}

/* Every kind of information in the specification may be asked for, whether there is any or not. */
static bool check_requests(const struct guest_module *image, uint64_t at,
                           const struct multiboot2_header_tag *tag, struct refusal *why)
{
    uint32_t type;

    for (uint32_t i = sizeof(*tag); i + sizeof(type) <= tag->size; i += sizeof(type)) {
        guest_read(image, at + i, &type, sizeof(type));
        if (type >= MULTIBOOT2_TAG_TYPES && !(tag->flags & MULTIBOOT2_HEADER_OPTIONAL))
            return refuse(why,
                          "guest image requires Multiboot2 information %u, which the "
                          "specification does not have; mark the request optional",
                          type);
    }
    return true;
}

static bool read_tag(const struct guest_module *image, uint64_t at,
                     const struct multiboot2_header_tag *tag, struct multiboot2_wishes *wishes,
                     struct refusal *why)
{
    uint32_t flags = 0;

    switch (tag->type) {
    case MULTIBOOT2_HEADER_INFORMATION_REQUEST:
        return check_requests(image, at, tag, why);
    case MULTIBOOT2_HEADER_ADDRESS:
        wishes->has_addresses = true;
        return payload(image, at, tag, &wishes->addresses, sizeof(wishes->addresses), why);
    case MULTIBOOT2_HEADER_ENTRY_ADDRESS:
        wishes->has_entry = true;
        return payload(image, at, tag, &wishes->entry, sizeof(wishes->entry), why);
    case MULTIBOOT2_HEADER_RELOCATABLE:
        wishes->relocatable = true;
        return payload(image, at, tag, &wishes->relocation, sizeof(wishes->relocation), why);
    case MULTIBOOT2_HEADER_CONSOLE_FLAGS:
        if (!payload(image, at, tag, &flags, sizeof(flags), why))
            return false;
        wishes->console_required = flags & MULTIBOOT2_CONSOLE_REQUIRED;
        return true;
    case MULTIBOOT2_HEADER_FRAMEBUFFER:       /* a preference */
    case MULTIBOOT2_HEADER_MODULE_ALIGN:      /* modules are always page-aligned */
    case MULTIBOOT2_HEADER_EFI_BOOT_SERVICES: /* the kernel can do without them as well, */
    case MULTIBOOT2_HEADER_ENTRY_EFI32:       /* and these are for when they are there */
    case MULTIBOOT2_HEADER_ENTRY_EFI64:
        return true;
    default:
        return tag->flags & MULTIBOOT2_HEADER_OPTIONAL ||
               refuse(why,
                      "guest image: its Multiboot2 header has the unknown tag %u; mark it "
                      "optional",
                      tag->type);
    }
}

/*
 * Reads the header at offset of the image (its checksum is good). Returns false with the reason
 * for what is malformed, and for a tag that is unknown and not optional.
 */
static bool read_header(const struct guest_module *image, uint64_t offset,
                        struct multiboot2_wishes *wishes, struct refusal *why)
{
    struct multiboot2_header header;
    struct multiboot2_header_tag tag;
    uint64_t at = offset + sizeof(header), end;

    memset(wishes, 0, sizeof(*wishes));
    guest_read(image, offset, &header, sizeof(header));
    if (header.architecture != MULTIBOOT2_ARCHITECTURE_I386)
        return refuse(why,
                      "guest image: its Multiboot2 header is for architecture %u; build the "
                      "kernel for i386",
                      header.architecture);
    if (!guest_has(image, offset, header.header_length))
        return refuse(why, "guest image: the file ends within its Multiboot2 header; it is "
                           "truncated, copy it again");
    end = offset + header.header_length;
    for (; at + sizeof(tag) <= end; at += (tag.size + 7ULL) & ~7ULL) {
        guest_read(image, at, &tag, sizeof(tag));
        if (tag.type == MULTIBOOT2_HEADER_END)
            return true;
        if (tag.size < sizeof(tag) || tag.size > end - at)
            return refuse(why,
                          "guest image: Multiboot2 header tag %u of %u bytes overruns the "
                          "header; check its sizes",
                          tag.type, tag.size);
        if (!read_tag(image, at, &tag, wishes, why))
            return false;
    }
    return refuse(why, "guest image: its Multiboot2 header of %u bytes has no end tag; add one",
                  header.header_length);
}

/* Where a relocatable image goes: its link address where it has no other preference. */
static bool relocate(const struct guest_load *load, const struct multiboot2_header_relocatable *ask,
                     const struct guest_extent *extent, uint64_t *base, struct refusal *why)
{
    uint64_t length = extent->high - extent->low;
    uint64_t below = (uint64_t)ask->max_addr + 1, align = ask->align ? ask->align : 1;
    uint64_t from = ask->min_addr > LOWEST_BASE ? ask->min_addr : LOWEST_BASE;
    bool found;

    if (align & (align - 1))
        return refuse(why,
                      "guest image: Multiboot2 relocation alignment %#x is no power of two; "
                      "check the header",
                      ask->align);
    *base = extent->low;
    if (ask->preference == MULTIBOOT2_LOAD_ANYWHERE && *base >= ask->min_addr &&
        extent->high <= below && *base % align == 0 &&
        memory_map_is_usable(load->map, *base, length) &&
        !memory_avoid_touches(&load->taken, *base, length))
        return true;
    found =
        (ask->preference == MULTIBOOT2_LOAD_HIGHEST ? memory_map_find_top : memory_map_find_bottom)(
            load->map, from, below, length, align, &load->taken, base);
    return found || refuse(why,
                           "guest image: no room for %#llx bytes between %#x and %#x, where "
                           "its Multiboot2 header wants it; give the machine more memory",
                           (unsigned long long)length, ask->min_addr, ask->max_addr);
}

/* The image in memory, and in *offset how far from where it was linked. */
static bool load_image(struct guest_load *load, uint64_t header_offset,
                       const struct multiboot2_wishes *wishes, struct elf_file *elf,
                       struct guest_extent *extent, uint64_t *offset, struct refusal *why)
{
    const struct guest_module *image = &load->module[0];
    struct flat_image flat;
    uint64_t base;

    memset(elf, 0, sizeof(*elf));
    if (wishes->has_addresses && !wishes->has_entry)
        return refuse(why, "guest image: its Multiboot2 header has an address tag and no entry "
                           "address tag; add one");
    if (!wishes->has_addresses && !elf_recognise(image))
        return refuse(why, "guest image: Multiboot2 header without an address tag in a file that "
                           "is not ELF; add the tag, or link it as ELF");
    if (!(wishes->has_addresses ? flat_open(&flat, image, header_offset, &wishes->addresses,
                                            wishes->entry, extent, why)
                                : elf_open(elf, image, extent, why)))
        return false;
    if (wishes->has_entry)
        extent->entry = wishes->entry;
    if (extent->entry < extent->low || extent->entry >= extent->high)
        return refuse(why,
                      "guest image: entry address %#llx lies outside of it; check the "
                      "Multiboot2 header",
                      (unsigned long long)extent->entry);
    base = extent->low;
    if (wishes->relocatable && !relocate(load, &wishes->relocation, extent, &base, why))
        return false;
    *offset = base - extent->low;
    return wishes->has_addresses ? flat_load(&flat, load, *offset, why)
                                 : elf_load(elf, load, *offset, why);
}

bool guest_load_multiboot2(struct guest_load *load, uint64_t header_offset,
                           struct guest_entry *entry, struct refusal *why)
{
    struct multiboot2_wishes wishes;
    struct guest_extent extent;
    struct elf_file elf;
    struct guest_block block = { 0 };
    uint64_t offset = 0, base, sections;

    if (!read_header(&load->module[0], header_offset, &wishes, why))
        return false;
    if (wishes.console_required && !load->boot->framebuffer.present)
        return refuse(why, "guest image requires a console and the boot loader told of none; boot "
                           "vexit with GRUB's multiboot2 command");
    if (!load_image(load, header_offset, &wishes, &elf, &extent, &offset, why) ||
        !guest_place_modules(load, why))
        return false;
    base = extent.low + offset;
    *entry = (struct guest_entry){ .protocol = "Multiboot2",
                                   .code_selector = 0x10,
                                   .data_selector = 0x18,
                                   .rip = extent.entry + offset,
                                   .rax = MULTIBOOT2_BOOT_MAGIC,
                                   .rsp = guest_stack(load) };
    multiboot2_put_information(load, &elf, wishes.relocatable, base, &block, &sections);
    block.memory = guest_place_structures(load, block.used, &block.base, why);
    if (!block.memory)
        return false;
    block.used = 0;
    entry->rbx =
        multiboot2_put_information(load, &elf, wishes.relocatable, base, &block, &sections);
    return !sections || elf_load_sections(&elf, load, block.memory + (sections - block.base), why);
}
