/* SPDX-License-Identifier: MIT */
/* The sections of an ELF executable that are part of no segment, put into guest memory. */
#include "vmm/loader/guest_elf.h"

#include "vmm/string.h"

enum { ELF_SECTION_NOBITS = 8 };

struct elf32_section {
    uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct elf64_section {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

_Static_assert(sizeof(struct elf32_section) == ELF32_SECTION_HEADER, "as the ABI has it");
_Static_assert(sizeof(struct elf64_section) == ELF64_SECTION_HEADER, "as the ABI has it");

/* What counts of a section of either class. */
struct section {
    uint32_t type;
    uint64_t addr, offset, size, align;
};

size_t elf_section_table_length(const struct elf_file *elf)
{
    return (size_t)elf->section_header_size * elf->section_header_count;
}

static struct section read_section(const struct elf_file *elf, const uint8_t *from)
{
    struct elf32_section n;
    struct elf64_section w;

    if (elf->is_64) {
        memcpy(&w, from, sizeof(w));
        return (struct section){ w.type, w.addr, w.offset, w.size, w.addralign };
    }
    memcpy(&n, from, sizeof(n));
    return (struct section){ n.type, n.addr, n.offset, n.size, n.addralign };
}

static void write_section_address(const struct elf_file *elf, uint8_t *to, uint64_t address)
{
    if (elf->is_64)
        memcpy(to + offsetof(struct elf64_section, addr), &address, sizeof(uint64_t));
    else
        memcpy(to + offsetof(struct elf32_section, addr), &address, sizeof(uint32_t));
}

/* Sections with an address came with the segments; of the others only contents are worth room. */
static bool needs_room(const struct section *section)
{
    return !section->addr && section->size && section->type && section->type != ELF_SECTION_NOBITS;
}

/* Where in the block of all such sections the next one goes; false on a senseless alignment. */
static bool section_place(const struct section *section, uint64_t used, uint64_t *place)
{
    uint64_t align = section->align ? section->align : 1;

    *place = (used + align - 1) & ~(align - 1);
    return !(align & (align - 1)) && align <= 4096;
}

/* Bytes that the contents of all sections without an address take, at their alignments. */
static bool sections_length(const struct elf_file *elf, const uint8_t *table, uint64_t *length,
                            struct refusal *why)
{
    *length = 0;
    for (uint32_t i = 0; i < elf->section_header_count; i++) {
        struct section section = read_section(elf, table + (size_t)elf->section_header_size * i);
        uint64_t place;

        if (!needs_room(&section))
            continue;
        if (!guest_has(elf->image, section.offset, section.size))
            return elf_truncated("sections", why);
        if (!section_place(&section, *length, &place))
            return refuse(why, "guest image: ELF section %u has alignment %#llx; link it again", i,
                          (unsigned long long)section.align);
        *length = place + section.size;
    }
    return true;
}

bool elf_load_sections(const struct elf_file *elf, struct guest_load *load, uint8_t *table,
                       struct refusal *why)
{
    const struct guest_window window = { 1 << 20, GUEST_LIMIT, 4096, GUEST_LOWEST };
    uint64_t length, base, place = 0, used = 0;
    uint8_t *memory;

    memcpy(table, elf->image->data + elf->section_headers, elf_section_table_length(elf));
    if (!sections_length(elf, table, &length, why))
        return false;
    if (!length)
        return true;
    memory = guest_place(load, &window, length, &base, "guest image's ELF sections", why);
    for (uint32_t i = 0; memory && i < elf->section_header_count; i++) {
        uint8_t *header = table + (size_t)elf->section_header_size * i;
        struct section section = read_section(elf, header);

        if (!needs_room(&section) || !section_place(&section, used, &place))
            continue;
        memcpy(memory + place, elf->image->data + section.offset, section.size);
        write_section_address(elf, header, base + place);
        used = place + section.size;
    }
    return memory != NULL;
}
