/* SPDX-License-Identifier: MIT */
/* The half of the Multiboot2 loader that tells the guest what there is. */
#ifndef VMM_LOADER_GUEST_MULTIBOOT2_H
#define VMM_LOADER_GUEST_MULTIBOOT2_H

#include "vmm/loader/guest_elf.h"
#include "vmm/loader/guest_loaders.h"

/*
 * Appends the information to block, or counts it. load_base is the physical address that a
 * relocatable image begins at. *sections is where the section header table of an ELF image has
 * its room, 0 for none. Returns the address of the information.
 */
uint64_t multiboot2_put_information(const struct guest_load *load, const struct elf_file *elf,
                                    bool relocated, uint64_t load_base, struct guest_block *block,
                                    uint64_t *sections);

#endif
