/* SPDX-License-Identifier: MIT */
/* Guest kernels: recognising an image, laying it out in guest memory, the state it starts in. */
#ifndef VMM_LOADER_GUEST_IMAGE_H
#define VMM_LOADER_GUEST_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/loader/bootinfo.h"
#include "vmm/loader/memory_map.h"
#include "vmm/refuse.h"

/* A file for the guest: its kernel (the first one) or something that the kernel is given. */
struct guest_module {
    const uint8_t *data;
    uint64_t length;          /* bytes */
    uint64_t address;         /* physical address of data: left alone until it has been copied */
    const char *command_line; /* never NULL */
};

struct guest_load {
    const struct boot_info *boot; /* what the guest may know of the machine */
    struct memory_map *map;       /* what the guest is told; a loader may change the type of a page
                                     that it put a firmware table in */
    physical_at *at;              /* guest-physical memory; NULL outside RAM */
    uint32_t module_count;        /* at least 1 */
    struct guest_module module[BOOT_MODULE_MAX + 1];
    struct memory_avoid taken; /* the loaders' own notes of what is in use; all zero at first */
};

/*
 * The state of the first instruction: 32-bit protected mode with paging off, code and all data
 * segments flat (base 0, limit 4 GiB - 1), interrupts disabled; registers without a field are 0.
 * Linux too is entered so, 64-bit kernels included: it is the entry that GRUB uses on every BIOS
 * machine, it needs no page tables in guest memory, and nothing has to lie above 4 GiB but an
 * initrd, which does not depend on the entry.
 */
struct guest_entry {
    const char *protocol; /* for people, static text: "Linux boot protocol" and the like */
    uint16_t code_selector, data_selector;
    uint64_t rip, rsp;
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp;
    uint64_t gdt_base;  /* guest-physical; 0 where the protocol leaves GDTR undefined */
    uint16_t gdt_limit; /* bytes - 1 */
};

/*
 * Recognises load->module[0] (Linux bzImage, Multiboot2, Multiboot 1), writes it, its modules and
 * the structures of its boot protocol into guest memory and fills the entry state. Nothing is
 * written to guest memory outside usable regions of load->map. Returns false with the reason where
 * the image is unknown, truncated, overlapping or out of range, asks for what is not there, or
 * does not fit; guest memory may then have been written.
 */
bool guest_load(struct guest_load *load, struct guest_entry *entry, struct refusal *why);

#endif
