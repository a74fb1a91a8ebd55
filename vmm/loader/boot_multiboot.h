/* SPDX-License-Identifier: MIT */
/* What the readers of Multiboot 1 and Multiboot2 information share; bootinfo.h is the way in. */
#ifndef VMM_LOADER_BOOT_MULTIBOOT_H
#define VMM_LOADER_BOOT_MULTIBOOT_H

#include <stddef.h>

#include "vmm/loader/bootinfo.h"

/*
 * Copies the text at from, up to a NUL or max bytes, into boot->text. Returns the copy, or NULL
 * with the reason when the room for text is used up.
 */
const char *boot_text_copy(struct boot_info *boot, const char *from, size_t max,
                           struct refusal *why);

/* Adds a module; command_line must last as long as boot. */
bool boot_module_add(struct boot_info *boot, uint64_t start, uint64_t end, const char *command_line,
                     struct refusal *why);

/* Adds a memory region as the loader reports it. */
bool boot_memory_add(struct boot_info *boot, uint64_t base, uint64_t length, uint32_t type,
                     struct refusal *why);

/* The memory map of a loader that knows only KiB from 0 and KiB from 1 MiB. */
bool boot_memory_basic(struct boot_info *boot, uint32_t lower_kib, uint32_t upper_kib,
                       struct refusal *why);

/* The readers of the two kinds; boot is all zero but for magic. As boot_info_parse. */
bool boot_multiboot1_parse(struct boot_info *boot, uint64_t info, physical_at *at,
                           struct refusal *why);
bool boot_multiboot2_parse(struct boot_info *boot, uint64_t info, physical_at *at,
                           struct refusal *why);

#endif
