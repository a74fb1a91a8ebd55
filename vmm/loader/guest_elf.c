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

/* The two classes differ in widths alone: everything below works on the wide form. */
struct segment {
    uint32_t type;
    uint64_t offset, vaddr, paddr, filesz, memsz;
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

bool elf_truncated(const char *what, struct refusal *why)
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
        return elf_truncated("header", why);
    if (!check_ident(&ident, why))
        return false;
    elf->is_64 = ident.class == ELF_CLASS_64;
    if (elf->is_64) {
        if (!guest_read(elf->image, 0, &wide, sizeof(wide)))
            return elf_truncated("header", why);
        TAKE_HEADER(elf, wide);
    } else {
        if (!guest_read(elf->image, 0, &narrow, sizeof(narrow)))
            return elf_truncated("header", why);
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
        return elf_truncated(what, why);
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
        return elf_truncated("segments", why);
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
                       elf->section_header_count, ELF32_SECTION_HEADER, ELF64_SECTION_HEADER,
                       "section headers", why) &&
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
