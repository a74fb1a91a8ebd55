/* SPDX-License-Identifier: MIT */
/* Reads ELF executables of both classes and writes their segments to guest memory. */
#include "vmm/loader/guest_elf.h"

#include "vmm/string.h"

enum {
    ELF_CLASS_32 = 1,
    ELF_CLASS_64 = 2,
    ELF_DATA_LITTLE = 1,
    ELF_TYPE_EXECUTABLE = 2,
    ELF_TYPE_SHARED = 3, /* position-independent executables have it */
    ELF_MACHINE_386 = 3,
    ELF_MACHINE_X86_64 = 62,
    ELF_SEGMENT_LOAD = 1,
    ELF_SECTION_NOBITS = 8,
};

struct elf_ident {
    uint8_t magic[4], class, data, version, pad[9];
    uint16_t type, machine;
    uint32_t object_version;
};

struct elf32_header {
    struct elf_ident ident;
    uint32_t entry, phoff, shoff, flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_header {
    struct elf_ident ident;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf32_segment {
    uint32_t type, offset, vaddr, paddr, filesz, memsz, flags, align;
};

struct elf64_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf32_section {
    uint32_t name, type, flags, addr, offset, size, link, info, addralign, entsize;
};

struct elf64_section {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

/* The two classes differ in widths alone: everything below works on the wide form. */
struct segment {
    uint32_t type;
    uint64_t offset, vaddr, paddr, filesz, memsz;
};

struct section {
    uint32_t type;
    uint64_t addr, offset, size, align;
};

/* Fills the fields that the headers of both classes have under one name. */
#define TAKE_HEADER(elf, header)                                                                   \
    do {                                                                                           \
        (elf)->entry = (header).entry;                                                             \
        (elf)->program_headers = (header).phoff;                                                   \
        (elf)->program_header_size = (header).phentsize;                                           \
        (elf)->program_header_count = (header).phnum;                                              \
        (elf)->section_headers = (header).shoff;                                                   \
        (elf)->section_header_size = (header).shentsize;                                           \
        (elf)->section_header_count = (header).shoff ? (header).shnum : 0;                         \
        (elf)->section_names = (header).shstrndx;                                                  \
    } while (0)

bool elf_recognise(const struct guest_module *image)
{
    return image->length >= 4 && !memcmp(image->data, "\177ELF", 4);
}

static bool truncated(const char *what, struct refusal *why)
{
    return refuse(why,
                  "guest image: the ELF file ends within its %s; it is truncated, copy it "
                  "again",
                  what);
}

static bool check_ident(const struct elf_ident *ident, struct refusal *why)
{
    bool narrow = ident->class == ELF_CLASS_32 && ident->machine == ELF_MACHINE_386;
    bool wide = ident->class == ELF_CLASS_64 && ident->machine == ELF_MACHINE_X86_64;

    if (ident->data != ELF_DATA_LITTLE || !(narrow || wide))
        return refuse(why,
                      "guest image: ELF file of class %u for machine %u; give one for i386 "
                      "or x86-64",
                      ident->class, ident->machine);
    if (ident->type != ELF_TYPE_EXECUTABLE && ident->type != ELF_TYPE_SHARED)
        return refuse(why, "guest image: ELF file of type %u is no executable; link it",
                      ident->type);
    return true;
}

static bool read_header(struct elf_file *elf, struct refusal *why)
{
    struct elf_ident ident;
    struct elf32_header narrow;
    struct elf64_header wide;

    if (!guest_read(elf->image, 0, &ident, sizeof(ident)))
        return truncated("header", why);
    if (!check_ident(&ident, why))
        return false;
    elf->is_64 = ident.class == ELF_CLASS_64;
    if (elf->is_64) {
        if (!guest_read(elf->image, 0, &wide, sizeof(wide)))
            return truncated("header", why);
        TAKE_HEADER(elf, wide);
    } else {
        if (!guest_read(elf->image, 0, &narrow, sizeof(narrow)))
            return truncated("header", why);
        TAKE_HEADER(elf, narrow);
    }
    return true;
}

/* Whether entries of size bytes are as long as this class has them, and all in the file. */
static bool check_table(const struct elf_file *elf, uint64_t offset, uint32_t size, uint32_t count,
                        size_t narrow, size_t wide, const char *what, struct refusal *why)
{
    if (!count)
        return true;
    if (size < (elf->is_64 ? wide : narrow))
        return refuse(why, "guest image: ELF %s of %u bytes an entry; link it again", what, size);
    if (!guest_has(elf->image, offset, (uint64_t)size * count))
        return truncated(what, why);
    return true;
}

/* Entry i of a table that check_table found good. */
static const uint8_t *table_entry(const struct elf_file *elf, uint64_t offset, uint32_t size,
                                  uint32_t i)
{
    return elf->image->data + offset + (uint64_t)size * i;
}

static struct segment read_segment(const struct elf_file *elf, uint32_t i)
{
    const uint8_t *from = table_entry(elf, elf->program_headers, elf->program_header_size, i);
    struct elf32_segment n;
    struct elf64_segment w;

    if (elf->is_64) {
        memcpy(&w, from, sizeof(w));
        return (struct segment){ w.type, w.offset, w.vaddr, w.paddr, w.filesz, w.memsz };
    }
    memcpy(&n, from, sizeof(n));
    return (struct segment){ n.type, n.offset, n.vaddr, n.paddr, n.filesz, n.memsz };
}

static bool is_loaded(const struct segment *segment)
{
    return segment->type == ELF_SEGMENT_LOAD && segment->memsz;
}

static bool check_segment(const struct elf_file *elf, uint32_t i, const struct segment *segment,
                          struct refusal *why)
{
    if (segment->filesz > segment->memsz)
        return refuse(why,
                      "guest image: ELF segment %u has %#llx bytes in the file and %#llx in "
                      "memory; link it again",
                      i, (unsigned long long)segment->filesz, (unsigned long long)segment->memsz);
    if (!guest_has(elf->image, segment->offset, segment->filesz))
        return truncated("segments", why);
    if (segment->paddr >= GUEST_LIMIT || segment->memsz > GUEST_LIMIT - segment->paddr)
        return refuse(why,
                      "guest image: ELF segment %u of %#llx bytes at physical %#llx ends "
                      "above 4 GiB; link it lower",
                      i, (unsigned long long)segment->memsz, (unsigned long long)segment->paddr);
    return true;
}

/* The entry address is virtual: the segment that holds it says where it is in memory. */
static bool find_entry(const struct elf_file *elf, struct guest_extent *extent, struct refusal *why)
{
    bool found = false;

    for (uint32_t i = 0; i < elf->program_header_count; i++) {
        struct segment segment = read_segment(elf, i);

        if (!is_loaded(&segment))
            continue;
        if (elf->entry >= segment.vaddr && elf->entry - segment.vaddr < segment.memsz) {
            extent->entry = elf->entry - segment.vaddr + segment.paddr;
            return true;
        }
        if (elf->entry >= segment.paddr && elf->entry - segment.paddr < segment.memsz) {
            extent->entry = elf->entry;
            found = true;
        }
    }
    return found || refuse(why,
                           "guest image: ELF entry address %#llx lies in no segment; link it "
                           "again",
                           (unsigned long long)elf->entry);
}

static bool check_segments(const struct elf_file *elf, struct guest_extent *extent,
                           struct refusal *why)
{
    extent->low = UINT64_MAX;
    extent->high = 0;
    for (uint32_t i = 0; i < elf->program_header_count; i++) {
        struct segment segment = read_segment(elf, i);

        if (!is_loaded(&segment))
            continue;
        if (!check_segment(elf, i, &segment, why))
            return false;
        if (segment.paddr < extent->low)
            extent->low = segment.paddr;
        if (segment.paddr + segment.memsz > extent->high)
            extent->high = segment.paddr + segment.memsz;
    }
    if (!extent->high)
        return refuse(why, "guest image: ELF file without anything to load; link it");
    return true;
}

bool elf_open(struct elf_file *elf, const struct guest_module *image, struct guest_extent *extent,
              struct refusal *why)
{
    memset(elf, 0, sizeof(*elf));
    elf->image = image;
    return read_header(elf, why) &&
           check_table(elf, elf->program_headers, elf->program_header_size,
                       elf->program_header_count, sizeof(struct elf32_segment),
                       sizeof(struct elf64_segment), "program headers", why) &&
           check_table(elf, elf->section_headers, elf->section_header_size,
                       elf->section_header_count, sizeof(struct elf32_section),
                       sizeof(struct elf64_section), "section headers", why) &&
           check_segments(elf, extent, why) && find_entry(elf, extent, why);
}

bool elf_load(const struct elf_file *elf, struct guest_load *load, uint64_t offset,
              struct refusal *why)
{
    for (uint32_t i = 0; i < elf->program_header_count; i++) {
        struct segment segment = read_segment(elf, i);
        uint8_t *to;

        if (!is_loaded(&segment))
            continue;
        to = guest_claim(load, segment.paddr + offset, segment.memsz, "guest image's ELF segment",
                         why);
        if (!to)
            return false;
        memcpy(to, elf->image->data + segment.offset, segment.filesz);
        memset(to + segment.filesz, 0, segment.memsz - segment.filesz);
    }
    return true;
}

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
            return truncated("sections", why);
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
