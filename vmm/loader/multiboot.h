/* SPDX-License-Identifier: MIT */
/* The structures of the Multiboot (version 0.6.96) and Multiboot2 (version 2.0) specifications. */
#ifndef VMM_LOADER_MULTIBOOT_H
#define VMM_LOADER_MULTIBOOT_H

#include <stdint.h>

/* Multiboot 1, "Header layout" */
enum {
    MULTIBOOT1_HEADER_MAGIC = 0x1badb002,
    MULTIBOOT1_HEADER_SEARCH = 8192, /* bytes of the file that may hold the header */
    MULTIBOOT1_HEADER_ALIGN_MODULES = 1 << 0,
    MULTIBOOT1_HEADER_MEMORY = 1 << 1,
    MULTIBOOT1_HEADER_VIDEO = 1 << 2,
    MULTIBOOT1_HEADER_REQUIREMENTS = 0xffff, /* the bits that a loader must know or refuse */
    MULTIBOOT1_HEADER_ADDRESSES = 1 << 16,   /* the address fields are valid */
};

struct multiboot1_header {
    uint32_t magic, flags, checksum;
    uint32_t header_addr, load_addr, load_end_addr, bss_end_addr, entry_addr;
    uint32_t mode_type, width, height, depth;
};

/* Multiboot 1, "Boot information format": bits of flags */
enum {
    MULTIBOOT1_MEMORY = 1 << 0,
    MULTIBOOT1_BOOT_DEVICE = 1 << 1,
    MULTIBOOT1_COMMAND_LINE = 1 << 2,
    MULTIBOOT1_MODULES = 1 << 3,
    MULTIBOOT1_ELF_SECTIONS = 1 << 5,
    MULTIBOOT1_MEMORY_MAP = 1 << 6,
    MULTIBOOT1_LOADER_NAME = 1 << 9,
    MULTIBOOT1_APM = 1 << 10,
    MULTIBOOT1_VBE = 1 << 11,
    MULTIBOOT1_FRAMEBUFFER = 1 << 12,
};

struct multiboot1_information {
    uint32_t flags;
    uint32_t mem_lower, mem_upper; /* KiB */
    uint32_t boot_device;          /* one byte each, highest first: drive, partitions 1 to 3 */
    uint32_t cmdline;
    uint32_t mods_count, mods_addr;
    struct {
        uint32_t num, size, addr, shndx;
    } elf;
    uint32_t mmap_length, mmap_addr;
    uint32_t drives_length, drives_addr;
    uint32_t config_table;
    uint32_t boot_loader_name;
    uint32_t apm_table;
    uint32_t vbe_control_info, vbe_mode_info;
    uint16_t vbe_mode, vbe_interface_seg, vbe_interface_off, vbe_interface_len;
    uint64_t framebuffer_addr;
    uint32_t framebuffer_pitch, framebuffer_width, framebuffer_height;
    uint8_t framebuffer_bpp, framebuffer_type;
    uint8_t color_info[6];
} __attribute__((packed));

struct multiboot1_module {
    uint32_t mod_start, mod_end, string, reserved;
};

struct multiboot1_memory_map {
    uint32_t size; /* of the rest of this entry */
    uint64_t base_addr, length;
    uint32_t type;
} __attribute__((packed));

/* Multiboot2, "Multiboot2 header" */
enum {
    MULTIBOOT2_HEADER_MAGIC = 0xe85250d6,
    MULTIBOOT2_HEADER_SEARCH = 32768,
    MULTIBOOT2_ARCHITECTURE_I386 = 0,
    MULTIBOOT2_HEADER_OPTIONAL = 1, /* bit of a tag's flags: may be ignored when unknown */
};

enum multiboot2_header_tag_type {
    MULTIBOOT2_HEADER_END = 0,
    MULTIBOOT2_HEADER_INFORMATION_REQUEST = 1,
    MULTIBOOT2_HEADER_ADDRESS = 2,
    MULTIBOOT2_HEADER_ENTRY_ADDRESS = 3,
    MULTIBOOT2_HEADER_CONSOLE_FLAGS = 4,
    MULTIBOOT2_HEADER_FRAMEBUFFER = 5,
    MULTIBOOT2_HEADER_MODULE_ALIGN = 6,
    MULTIBOOT2_HEADER_EFI_BOOT_SERVICES = 7,
    MULTIBOOT2_HEADER_ENTRY_EFI32 = 8,
    MULTIBOOT2_HEADER_ENTRY_EFI64 = 9,
    MULTIBOOT2_HEADER_RELOCATABLE = 10,
};

struct multiboot2_header {
    uint32_t magic, architecture, header_length, checksum;
};

struct multiboot2_header_tag {
    uint16_t type, flags;
    uint32_t size;
};

struct multiboot2_header_address {
    uint32_t header_addr, load_addr, load_end_addr, bss_end_addr;
};

enum { MULTIBOOT2_CONSOLE_REQUIRED = 1 << 0, MULTIBOOT2_CONSOLE_EGA_TEXT = 1 << 1 };

enum multiboot2_preference {
    MULTIBOOT2_LOAD_ANYWHERE = 0,
    MULTIBOOT2_LOAD_LOWEST = 1,
    MULTIBOOT2_LOAD_HIGHEST = 2,
};

struct multiboot2_header_relocatable {
    uint32_t min_addr, max_addr, align, preference;
};

/* Multiboot2, "Boot information" */
enum multiboot2_tag_type {
    MULTIBOOT2_END = 0,
    MULTIBOOT2_COMMAND_LINE = 1,
    MULTIBOOT2_LOADER_NAME = 2,
    MULTIBOOT2_MODULE = 3,
    MULTIBOOT2_BASIC_MEMORY = 4,
    MULTIBOOT2_BOOT_DEVICE = 5,
    MULTIBOOT2_MEMORY_MAP = 6,
    MULTIBOOT2_VBE = 7,
    MULTIBOOT2_FRAMEBUFFER = 8,
    MULTIBOOT2_ELF_SECTIONS = 9,
    MULTIBOOT2_APM = 10,
    MULTIBOOT2_EFI32_SYSTEM_TABLE = 11,
    MULTIBOOT2_EFI64_SYSTEM_TABLE = 12,
    MULTIBOOT2_SMBIOS = 13,
    MULTIBOOT2_ACPI_OLD = 14,
    MULTIBOOT2_ACPI_NEW = 15,
    MULTIBOOT2_NETWORK = 16,
    MULTIBOOT2_EFI_MEMORY_MAP = 17,
    MULTIBOOT2_EFI_BOOT_SERVICES = 18,
    MULTIBOOT2_EFI32_IMAGE_HANDLE = 19,
    MULTIBOOT2_EFI64_IMAGE_HANDLE = 20,
    MULTIBOOT2_LOAD_BASE = 21,
    MULTIBOOT2_TAG_TYPES, /* how many the specification has */
};

struct multiboot2_information {
    uint32_t total_size, reserved;
};

/* Tags follow each other at multiples of 8 bytes; size counts this head, not the padding. */
struct multiboot2_tag {
    uint32_t type, size;
};

struct multiboot2_memory_map {
    uint32_t entry_size, entry_version;
};

struct multiboot2_memory_map_entry {
    uint64_t base_addr, length;
    uint32_t type, reserved;
};

struct multiboot2_vbe {
    uint16_t mode, interface_seg, interface_off, interface_len;
    uint8_t control_info[512], mode_info[256];
};

struct multiboot2_framebuffer {
    uint64_t addr;
    uint32_t pitch, width, height;
    uint8_t bpp, type;
    uint16_t reserved;
    uint8_t color_info[6]; /* for the type RGB; the tag is shorter without them */
} __attribute__((packed));

struct multiboot2_elf_sections {
    uint32_t num, entsize, shndx;
};

#endif
