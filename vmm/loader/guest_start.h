/* SPDX-License-Identifier: MIT */
/* From the boot loader's modules to a guest in memory. */
#ifndef VMM_LOADER_GUEST_START_H
#define VMM_LOADER_GUEST_START_H

#include "vmm/loader/bootinfo.h"
#include "vmm/loader/guest_image.h"

/*
 * Moves the modules out of the guest's way, tells the guest's memory map and the BIOS of the VMM's own
 * piece, and loads the guest: the first module, or the built-in test guest where there is none.
 * builtin_command_line is for the latter. memory_take() has been called.
 */
bool guest_start(struct boot_info *boot, const char *builtin_command_line,
                 struct guest_entry *entry, struct refusal *why);

#endif
