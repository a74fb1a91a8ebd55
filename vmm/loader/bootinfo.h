/* SPDX-License-Identifier: MIT */
/* What the boot loader told the VMM, in one form for Multiboot 1 and Multiboot2. */
#ifndef VMM_LOADER_BOOTINFO_H
#define VMM_LOADER_BOOTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/loader/memory_map.h"
#include "vmm/refuse.h"

enum {
    MULTIBOOT1_BOOT_MAGIC = 0x2badb002, /* EAX at entry: Multiboot specification, "Machine state" */
    MULTIBOOT2_BOOT_MAGIC = 0x36d76289, /* EAX at entry: Multiboot2 specification, same title */
    BOOT_MODULE_MAX = 64,
    BOOT_TEXT_MAX = 16384, /* bytes of all command lines and names together */
};

/* Gives a pointer to length bytes of physical memory, or NULL where there is no such memory. */
typedef void *physical_at(uint64_t address, uint64_t length);

struct boot_module {
    uint64_t start, end;      /* physical; end is the first byte behind it */
    const char *command_line; /* never NULL */
};

/* The screen, as in "Framebuffer info" of the Multiboot2 specification. */
enum framebuffer_type { FRAMEBUFFER_INDEXED = 0, FRAMEBUFFER_RGB = 1, FRAMEBUFFER_TEXT = 2 };

struct framebuffer {
    bool present;
    uint8_t bits_per_pixel;
    uint8_t type;   /* enum framebuffer_type */
    uint8_t rgb[6]; /* RGB: position and size in bits of red, green, blue */
    uint64_t address;
    uint32_t pitch;         /* bytes a line */
    uint32_t width, height; /* pixels; characters for FRAMEBUFFER_TEXT */
};

/* VESA BIOS information as Multiboot has it: "VBE info". */
struct boot_vbe {
    bool present;
    uint16_t mode, interface_segment, interface_offset, interface_length;
    uint8_t control[512], mode_information[256];
};

/* Nothing in it refers to the loader's memory but the modules' contents. */
struct boot_info {
    uint32_t magic;           /* MULTIBOOT1_BOOT_MAGIC or MULTIBOOT2_BOOT_MAGIC */
    const char *command_line; /* never NULL; without the file name that some loaders put first */
    const char *loader_name;  /* never NULL */
    struct memory_map map;
    uint32_t module_count;
    struct boot_module module[BOOT_MODULE_MAX];
    bool has_boot_device;
    uint32_t boot_device[3];   /* BIOS drive, partition, sub-partition; ~0 where there is none */
    uint32_t rsdp_length;      /* 20 or more for ACPI 1.0, 36 for later ones; 0: not told */
    uint8_t rsdp[64];          /* copy of the Root System Description Pointer */
    uint64_t efi_system_table; /* physical; 0 on a machine that did not start by EFI */
    bool efi_32;               /* that table is of the 32-bit kind */
    uint32_t smbios_length;    /* copy of the SMBIOS entry point; 0: not told */
    uint8_t smbios_version[2], smbios[32];
    uint32_t apm_length; /* 20, or 0: not told. "APM table" of the Multiboot specification */
    uint8_t apm[20];
    struct framebuffer framebuffer;
    struct boot_vbe vbe;
    uint32_t text_used;
    char text[BOOT_TEXT_MAX];
};

/*
 * Reads the information that a Multiboot loader left at the physical address info, of the kind
 * that magic (EAX at entry) names. Every structure is reached through at. Returns false with the
 * reason where it is malformed, has no memory map, or has more modules or text than there is
 * room for.
 */
bool boot_info_parse(struct boot_info *boot, uint32_t magic, uint64_t info, physical_at *at,
                     struct refusal *why);

#endif
