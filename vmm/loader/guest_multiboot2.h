/* SPDX-License-Identifier: MIT */
/* The two halves of the Multiboot2 loader: what the header asks, what the guest is told. */
#ifndef VMM_LOADER_GUEST_MULTIBOOT2_H
#define VMM_LOADER_GUEST_MULTIBOOT2_H

#include "vmm/loader/guest_elf.h"
#include "vmm/loader/guest_loaders.h"
#include "vmm/loader/multiboot.h"

/* What the tags of a header ask for. */
struct multiboot2_wishes {
    bool has_addresses, has_entry, relocatable;
    bool console_required;
    struct multiboot2_header_address addresses;
    uint32_t entry;
    struct multiboot2_header_relocatable relocation;
};

/*
 * Reads the header at offset of the image (its checksum is good). Returns false with the reason
 * for what is malformed, and for a tag that is unknown and not optional.
 */
bool multiboot2_read_header(const struct guest_module *image, uint64_t offset,
                            struct multiboot2_wishes *wishes, struct refusal *why);

/*
 * Appends the information to block, or counts it. load_base is the physical address that a
 * relocatable image begins at. *sections is where the section header table of an ELF image has
 * its room, 0 for none. Returns the address of the information.
 */
uint64_t multiboot2_put_information(const struct guest_load *load, const struct elf_file *elf,
                                    bool relocated, uint64_t load_base, struct guest_block *block,
                                    uint64_t *sections);

#endif
