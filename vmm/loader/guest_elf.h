/* SPDX-License-Identifier: MIT */
/* ELF executables as guest kernels: System V ABI, "Object Files" and "Program Header". */
#ifndef VMM_LOADER_GUEST_ELF_H
#define VMM_LOADER_GUEST_ELF_H

#include "vmm/loader/guest_loaders.h"

enum { ELF32_SECTION_HEADER = 40, ELF64_SECTION_HEADER = 64 }; /* bytes of an entry */

/* What the ELF header says, the same for both classes. */
struct elf_file {
    const struct guest_module *image;
    bool is_64;
    uint64_t entry;                            /* virtual */
    uint64_t program_headers, section_headers; /* offsets in the file */
    uint32_t program_header_size, program_header_count;
    uint32_t section_header_size, section_header_count, section_names;
};

/* Whether the image begins like an ELF file. */
bool elf_recognise(const struct guest_module *image);

/*
 * Reads the header and checks every loadable segment against the file; fills extent with the
 * physical range of the segments and the physical entry address. Returns false with the reason
 * for what is no executable for this machine, truncated, or reaches 4 GiB or more.
 */
bool elf_open(struct elf_file *elf, const struct guest_module *image, struct guest_extent *extent,
              struct refusal *why);

/* Writes the loadable segments to guest memory, shifted by offset (modulo 2^64). */
bool elf_load(const struct elf_file *elf, struct guest_load *load, uint64_t offset,
              struct refusal *why);

/* The refusal of a file that ends within that part of it. Returns false. */
bool elf_truncated(const char *what, struct refusal *why);

/* Bytes of the section header table; 0 when there is none. */
size_t elf_section_table_length(const struct elf_file *elf);

/*
 * Copies the section header table to table (elf_section_table_length bytes), puts the contents of
 * sections that are part of no segment (symbols, names, debugging) into guest memory and their
 * addresses into the copy, as the Multiboot specifications want them.
 */
bool elf_load_sections(const struct elf_file *elf, struct guest_load *load, uint8_t *table,
                       struct refusal *why);

#endif
