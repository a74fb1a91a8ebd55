/* SPDX-License-Identifier: MIT */
/* Images whose Multiboot header says itself where they go, whatever their file format. */
#ifndef VMM_LOADER_GUEST_FLAT_H
#define VMM_LOADER_GUEST_FLAT_H

#include "vmm/loader/guest_loaders.h"
#include "vmm/loader/multiboot.h"

/* Part of the file, written as it is, and zeroes behind it. */
struct flat_image {
    const uint8_t *data;
    uint64_t load, length; /* physical address; bytes of data */
    uint64_t end;          /* the first address behind the zeroes */
};

/*
 * Works out the layout from the address fields of the header at header_offset, which mean the same
 * in Multiboot 1 and in the address tag of Multiboot2 (where load_addr may be ~0: the beginning of
 * the file). Fills extent, the entry address being entry. Returns false with the reason for fields
 * that contradict each other or the file.
 */
bool flat_open(struct flat_image *flat, const struct guest_module *image, uint64_t header_offset,
               const struct multiboot2_header_address *fields, uint32_t entry,
               struct guest_extent *extent, struct refusal *why);

/* Writes it to guest memory, shifted by offset (modulo 2^64). */
bool flat_load(const struct flat_image *flat, struct guest_load *load, uint64_t offset,
               struct refusal *why);

#endif
