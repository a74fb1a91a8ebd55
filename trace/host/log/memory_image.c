/* SPDX-License-Identifier: MIT */
/* An image of a machine's memory: raw, or an ELF core whose program headers say what lies where. */
#include "trace/host/log/memory_image.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PHDR_MAX = 4096, MAGIC = 16 };

/* Where an ELF file of either class keeps what is needed here, and how wide its offsets are. */
struct layout {
    size_t word;
    size_t header, type, phoff, phentsize, phnum;
    size_t phdr, p_type, p_offset, p_paddr, p_filesz;
};

#define LAYOUT(bits)                                                                               \
    {                                                                                              \
        sizeof(Elf##bits##_Off), sizeof(Elf##bits##_Ehdr), offsetof(Elf##bits##_Ehdr, e_type),     \
            offsetof(Elf##bits##_Ehdr, e_phoff), offsetof(Elf##bits##_Ehdr, e_phentsize),          \
            offsetof(Elf##bits##_Ehdr, e_phnum), sizeof(Elf##bits##_Phdr),                         \
            offsetof(Elf##bits##_Phdr, p_type), offsetof(Elf##bits##_Phdr, p_offset),              \
            offsetof(Elf##bits##_Phdr, p_paddr), offsetof(Elf##bits##_Phdr, p_filesz)              \
    }

static const struct layout elf32 = LAYOUT(32), elf64 = LAYOUT(64);

static bool read_bytes(const struct memory_bytes *bytes, uint64_t offset, void *to, size_t n)
{
    return offset <= bytes->size && n <= bytes->size - offset &&
           bytes->read(bytes->context, offset, to, n);
}

/* A little-endian number of n bytes. */
static uint64_t number(const uint8_t *at, size_t n)
{
    uint64_t value = 0;

    while (n--)
        value = value << 8 | at[n];
    return value;
}

/* The first segment that holds the byte at a physical address; NULL where none does. */
static const struct memory_segment *segment_of(const struct memory_image *image, uint64_t physical)
{
    for (size_t i = 0; i < image->segments; i++)
        if (physical - image->segment[i].physical < image->segment[i].length)
            return &image->segment[i];
    return NULL;
}

bool memory_segment_read(const struct memory_image *image, const struct memory_segment *segment,
                         uint64_t physical, void *to, size_t n)
{
    return read_bytes(&image->bytes, segment->offset + (physical - segment->physical), to, n);
}

/* Walks through the segments that hold n bytes; reads them unless `to` is NULL. */
static bool walk(const struct memory_image *image, uint64_t physical, uint8_t *to, uint64_t n)
{
    while (n) {
        const struct memory_segment *segment = segment_of(image, physical);

        if (!segment)
            return false;

        uint64_t at = physical - segment->physical, part = segment->length - at;

        if (part > n)
            part = n;
        if (to) {
            if (!memory_segment_read(image, segment, physical, to, part))
                return false;
            to += part;
        }
        physical += part;
        n -= part;
    }
    return true;
}

bool memory_image_read(const struct memory_image *image, uint64_t physical, void *to, size_t n)
{
    return walk(image, physical, to, n);
}

bool memory_image_holds(const struct memory_image *image, uint64_t physical, uint64_t n)
{
    return walk(image, physical, NULL, n);
}

/* Takes a PT_LOAD header, as far as the file reaches. Returns the segment's length. */
static uint64_t take_header(struct memory_image *image, const struct layout *elf,
                            const uint8_t *phdr)
{
    struct memory_segment *segment = &image->segment[image->segments];
    uint64_t size = image->bytes.size;

    if (number(phdr + elf->p_type, 4) != PT_LOAD)
        return 0;
    segment->physical = number(phdr + elf->p_paddr, elf->word);
    segment->offset = number(phdr + elf->p_offset, elf->word);
    segment->length = number(phdr + elf->p_filesz, elf->word);
    if (segment->offset > size || segment->length > size - segment->offset) {
        image->truncated = true;
        segment->length = segment->offset > size ? 0 : size - segment->offset;
    }
    image->segments += segment->length != 0;
    return segment->length;
}

static bool read_headers(struct memory_image *image, const struct layout *elf,
                         const uint8_t *header, char *why)
{
    uint64_t table = number(header + elf->phoff, elf->word);
    uint64_t each = number(header + elf->phentsize, 2);
    uint64_t count = number(header + elf->phnum, 2), total = 0;
    uint8_t phdr[sizeof(Elf64_Phdr)];

    if (each < elf->phdr || each > PHDR_MAX || count == PN_XNUM) {
        snprintf(why, MEMORY_WHY, "an ELF file whose program headers make no sense");
        return false;
    }
    image->segment = calloc(count ? count : 1, sizeof(*image->segment));
    if (!image->segment) {
        snprintf(why, MEMORY_WHY, "not enough memory for its program headers");
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!read_bytes(&image->bytes, table + i * each, phdr, elf->phdr)) {
            image->truncated = true;
            break;
        }
        total += take_header(image, elf, phdr);
    }
    if (total > image->bytes.size) {
        snprintf(why, MEMORY_WHY, "an ELF core whose segments lie upon each other");
        memory_image_close(image);
        return false;
    }
    return true;
}

static bool open_elf(struct memory_image *image, char *why)
{
    uint8_t header[sizeof(Elf64_Ehdr)];
    const struct layout *elf = NULL;

    if (read_bytes(&image->bytes, 0, header, sizeof(Elf32_Ehdr)))
        elf = header[EI_CLASS] == ELFCLASS32   ? &elf32
              : header[EI_CLASS] == ELFCLASS64 ? &elf64
                                               : NULL;
    if (!elf || header[EI_DATA] != ELFDATA2LSB ||
        !read_bytes(&image->bytes, 0, header, elf->header) ||
        number(header + elf->type, 2) != ET_CORE) {
        snprintf(why, MEMORY_WHY, "an ELF file, but not a core of an x86 machine's memory");
        return false;
    }
    return read_headers(image, elf, header, why);
}

static bool open_raw(struct memory_image *image, char *why)
{
    image->raw = true;
    image->segment = calloc(1, sizeof(*image->segment));
    if (!image->segment) {
        snprintf(why, MEMORY_WHY, "not enough memory");
        return false;
    }
    image->segment[0].length = image->bytes.size;
    image->segments = 1;
    return true;
}

bool memory_image_open(struct memory_image *image, const struct memory_bytes *bytes,
                       char why[MEMORY_WHY])
{
    uint8_t magic[MAGIC] = { 0 };

    *image = (struct memory_image){ .bytes = *bytes };
    if (!bytes->size) {
        snprintf(why, MEMORY_WHY, "empty");
        return false;
    }
    read_bytes(bytes, 0, magic, bytes->size < MAGIC ? (size_t)bytes->size : MAGIC);
    if (!memcmp(magic, ELFMAG, SELFMAG))
        return open_elf(image, why);
    if (!memcmp(magic, "KDUMP   ", 8) || !memcmp(magic, "makedumpfile", 12)) {
        snprintf(why, MEMORY_WHY,
                 "a dump in kdump's compressed or flattened format; raw memory and "
                 "ELF cores can be read: QEMU makes one by dump-guest-memory "
                 "without -z, -l, -s");
        return false;
    }
    return open_raw(image, why);
}

void memory_image_close(struct memory_image *image)
{
    free(image->segment);
    image->segment = NULL;
}
