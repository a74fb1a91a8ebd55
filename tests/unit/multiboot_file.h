/* SPDX-License-Identifier: MIT */
/* Multiboot guests of both versions, made field by field, on a machine with everything to tell of. */
#ifndef TESTS_UNIT_MULTIBOOT_FILE_H
#define TESTS_UNIT_MULTIBOOT_FILE_H

#include <elf.h>

#include "tests/unit/guest_machine.h"
#include "vmm/loader/multiboot.h"

enum {
    FILE_SIZE = 0x1000,
    HEADER_AT = 0x200, /* of the Multiboot header in each file */
    CODE_AT = 0x400,   /* 0x400 bytes */
    DATA_AT = 0x800,   /* 0x200 bytes, 0x1200 in memory */
    NAMES_AT = 0xa00,  /* a section without an address: 0x33 bytes */
    BASE = 0x200000,   /* physical, of the code */
};

static uint8_t file[FILE_SIZE];

static inline void put(size_t at, const void *from, size_t n)
{
    memcpy(file + at, from, n);
}

/* Bytes that tell where in the file they were. */
static inline void fill(void)
{
    for (size_t i = 0; i < sizeof(file); i++)
        file[i] = (uint8_t)(i * 7 + i / 256);
    memset(file + HEADER_AT, 0, 0x100);
}

static inline void put_multiboot1(uint32_t flags)
{
    const uint32_t words[] = { MULTIBOOT1_HEADER_MAGIC, flags, -(MULTIBOOT1_HEADER_MAGIC + flags) };

    put(HEADER_AT, words, sizeof(words));
}

static uint32_t header_used;

static inline void begin_multiboot2(void)
{
    memset(file + HEADER_AT, 0, 0x100);
    header_used = sizeof(struct multiboot2_header);
}

static inline void header_tag(uint16_t type, uint16_t flags, const void *payload, uint32_t n)
{
    const struct multiboot2_header_tag tag = { type, flags, (uint32_t)sizeof(tag) + n };

    header_used = (header_used + 7) & ~7u;
    put(HEADER_AT + header_used, &tag, sizeof(tag));
    if (n)
        put(HEADER_AT + header_used + sizeof(tag), payload, n);
    header_used += tag.size;
}

static inline void end_multiboot2(uint32_t architecture)
{
    struct multiboot2_header head = { MULTIBOOT2_HEADER_MAGIC, architecture, 0, 0 };

    header_tag(MULTIBOOT2_HEADER_END, 0, NULL, 0);
    head.header_length = header_used;
    head.checksum = -(head.magic + head.architecture + head.header_length);
    put(HEADER_AT, &head, sizeof(head));
}

/* Code at BASE and data a page after it, linked at 0xc0000000 and up; the entry is in the code. */
static inline void make_elf32(void)
{
    const size_t sections = FILE_SIZE - 3 * sizeof(Elf32_Shdr);
    const Elf32_Ehdr header = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = EM_386,
        .e_version = EV_CURRENT,
        .e_entry = 0xc0200010,
        .e_phoff = sizeof(header),
        .e_shoff = (Elf32_Off)sections,
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf32_Phdr),
        .e_phnum = 3,
        .e_shentsize = sizeof(Elf32_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
    };
    const Elf32_Phdr segments[3] = {
        { PT_LOAD, CODE_AT, 0xc0200000, BASE, 0x400, 0x400, PF_R | PF_X, 0x1000 },
        { PT_NOTE, 0, 0, 0, 0xffffffff, 0xffffffff, PF_R, 4 },
        { PT_LOAD, DATA_AT, 0xc0201000, BASE + 0x1000, 0x200, 0x1200, PF_R | PF_W, 0x1000 },
    };
    const Elf32_Shdr table[3] = {
        [1] = { 1, SHT_PROGBITS, SHF_ALLOC, 0xc0200000, CODE_AT, 0x400, 0, 0, 16, 0 },
        [2] = { 7, SHT_STRTAB, 0, 0, NAMES_AT, 0x33, 0, 0, 16, 0 },
    };

    fill();
    put(0, &header, sizeof(header));
    put(sizeof(header), segments, sizeof(segments));
    put(sections, table, sizeof(table));
    put_multiboot1(MULTIBOOT1_HEADER_ALIGN_MODULES | MULTIBOOT1_HEADER_MEMORY);
}

static inline void make_elf64(void)
{
    const size_t sections = FILE_SIZE - 3 * sizeof(Elf64_Shdr);
    const Elf64_Ehdr header = {
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_entry = BASE + 0x20,
        .e_phoff = sizeof(header),
        .e_shoff = sections,
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
        .e_shentsize = sizeof(Elf64_Shdr),
        .e_shnum = 3,
        .e_shstrndx = 2,
    };
    const Elf64_Phdr segments[2] = {
        { PT_LOAD, PF_R | PF_X, CODE_AT, BASE, BASE, 0x400, 0x400, 0x1000 },
        { PT_LOAD, PF_R | PF_W, DATA_AT, BASE + 0x1000, BASE + 0x1000, 0x200, 0x1200, 0x1000 },
    };
    const Elf64_Shdr table[3] = {
        [1] = { 1, SHT_PROGBITS, SHF_ALLOC, BASE, CODE_AT, 0x400, 0, 0, 16, 0 },
        [2] = { 7, SHT_STRTAB, 0, 0, NAMES_AT, 0x33, 0, 0, 1, 0 },
    };

    fill();
    put(0, &header, sizeof(header));
    put(sizeof(header), segments, sizeof(segments));
    put(sections, table, sizeof(table));
    begin_multiboot2();
    end_multiboot2(MULTIBOOT2_ARCHITECTURE_I386);
}

static inline bool load_file(void)
{
    return machine_load_file(file, sizeof(file));
}

static inline bool segments_are_at(uint64_t base)
{
    static const uint8_t zeroes[0x1000];

    return !memcmp(ram + base, file + CODE_AT, 0x400) &&
           !memcmp(ram + base + 0x1000, file + DATA_AT, 0x200) &&
           !memcmp(ram + base + 0x1200, zeroes, sizeof(zeroes));
}

static inline void describe_machine(void)
{
    boot.has_boot_device = true;
    boot.boot_device[0] = 0x80;
    boot.boot_device[1] = 0;
    boot.boot_device[2] = UINT32_MAX;
    boot.framebuffer = (struct framebuffer){ .present = true,
                                             .bits_per_pixel = 16,
                                             .type = FRAMEBUFFER_TEXT,
                                             .address = 0xb8000,
                                             .pitch = 160,
                                             .width = 80,
                                             .height = 25 };
    boot.vbe.present = true;
    boot.vbe.mode = 3;
    boot.vbe.control[0] = 'V';
    boot.vbe.mode_information[255] = 77;
    boot.apm_length = 20;
    boot.apm[0] = 9;
    boot.rsdp_length = 36;
    memcpy(boot.rsdp, "RSD PTR ", 8);
    boot.smbios_length = 31;
    boot.smbios_version[0] = 3;
    boot.efi_system_table = 0x1234567890;
}

/* The file with two modules, on a machine with everything to tell of. */
static inline bool load_with_modules(void)
{
    static uint8_t first[5000], second[3];

    memset(first, 0x11, sizeof(first));
    memset(second, 0x22, sizeof(second));
    machine_reset(RAM_END);
    describe_machine();
    machine_module(file, sizeof(file), "kernel=line");
    machine_module(first, sizeof(first), "first module");
    machine_module(second, sizeof(second), "");
    return machine_load();
}

/* The tag of one type, or NULL; checks on the way that all tags are in their place. */
static inline const struct multiboot2_tag *find_tag(uint32_t type)
{
    const struct multiboot2_tag *found = NULL;
    uint32_t total = ram32(entry.rbx);

    for (uint32_t at = 8; at < total;) {
        const struct multiboot2_tag *tag = (const void *)(ram + entry.rbx + at);

        if (tag->type == type && !found)
            found = tag;
        if (tag->type == MULTIBOOT2_END)
            return at + 8 == total ? found : NULL;
        at += (tag->size + 7) & ~7u;
    }
    return NULL;
}

static inline const void *tag_payload(uint32_t type, uint32_t length)
{
    static const uint32_t nothing[256];
    const struct multiboot2_tag *tag = find_tag(type);

    return tag && tag->size == length + 8 ? (const void *)(tag + 1) : nothing;
}

#endif
