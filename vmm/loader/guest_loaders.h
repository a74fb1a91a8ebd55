/* SPDX-License-Identifier: MIT */
/* What the loaders of guest images share; guest_image.h is the way in. */
#ifndef VMM_LOADER_GUEST_LOADERS_H
#define VMM_LOADER_GUEST_LOADERS_H

#include <stddef.h>

#include "vmm/loader/guest_image.h"

/* A kernel is addressed by 32-bit code: nothing that it needs at once may lie above. */
#define GUEST_LIMIT 0x100000000ULL

/* Copies n bytes at offset of the image. Returns false where the image has not so many. */
bool guest_read(const struct guest_module *image, uint64_t offset, void *to, size_t n);

/* Whether [offset, offset + n) lies within the image. */
bool guest_has(const struct guest_module *image, uint64_t offset, uint64_t n);

/*
 * Takes the fixed range [base, base + length) for what (a noun, for refusals). Returns a pointer
 * to it, or NULL with the reason where it is not usable memory, or where something lies already.
 */
uint8_t *guest_claim(struct guest_load *load, uint64_t base, uint64_t length, const char *what,
                     struct refusal *why);

/* Where in the window a search prefers to be. */
enum guest_side { GUEST_LOWEST, GUEST_HIGHEST };

/* A search for room: within [from, below), a multiple of align. */
struct guest_window {
    uint64_t from, below, align;
    enum guest_side side;
};

/* Takes free room in the window. As guest_claim; *base is where it is. */
uint8_t *guest_place(struct guest_load *load, const struct guest_window *window, uint64_t length,
                     uint64_t *base, const char *what, struct refusal *why);

/*
 * Room for the structures of a boot protocol: high in the memory below 640 KiB, where neither a
 * kernel that takes what follows its own end nor start-up code for other CPUs runs into them;
 * above 1 MiB where that does not suffice. Page-aligned. As guest_place.
 */
uint8_t *guest_place_structures(struct guest_load *load, uint64_t length, uint64_t *base,
                                struct refusal *why);

/*
 * Puts the modules behind the first one into memory, page-aligned, the lowest room above 1 MiB
 * first; where there is none, a module may stay where it is. Afterwards load->module[i].address
 * is where the guest finds it.
 */
bool guest_place_modules(struct guest_load *load, struct refusal *why);

/*
 * A stack for kernels that push before they have set one up, where GRUB leaves its own: no
 * specification promises it. Returns its top, 0 where that memory is not free.
 */
uint64_t guest_stack(struct guest_load *load);

/*
 * A run of structures in guest memory. With memory NULL it only counts, so that one function says
 * both how much room a boot protocol's structures need and what goes there.
 */
struct guest_block {
    uint8_t *memory;
    uint64_t base; /* guest-physical */
    uint64_t used; /* bytes */
};

/* Appends n bytes (zeroes when from is NULL) at a multiple of align; returns their address. */
uint64_t guest_block_put(struct guest_block *block, const void *from, size_t n, size_t align);

/* Memory sizes as old interfaces tell them: usable KiB from 0, and from 1 MiB to the first hole. */
uint32_t guest_lower_kib(const struct memory_map *map);
uint32_t guest_upper_kib(const struct memory_map *map);

/* Where in a loaded image its entry is and what it covers, all physical. */
struct guest_extent {
    uint64_t entry, low, high;
};

/* Offset of the header within the image, or -1: one function for each kind to recognise it. */
bool guest_is_linux(const struct guest_module *image);
int64_t guest_find_multiboot1(const struct guest_module *image);
int64_t guest_find_multiboot2(const struct guest_module *image);

/* The loaders; offset is what the functions above found. As guest_load. */
bool guest_load_linux(struct guest_load *load, struct guest_entry *entry, struct refusal *why);
bool guest_load_multiboot1(struct guest_load *load, uint64_t offset, struct guest_entry *entry,
                           struct refusal *why);
bool guest_load_multiboot2(struct guest_load *load, uint64_t offset, struct guest_entry *entry,
                           struct refusal *why);

#endif
