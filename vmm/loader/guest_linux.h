/* SPDX-License-Identifier: MIT */
/* The two halves of the Linux loader: where things go, and the zero page. */
#ifndef VMM_LOADER_GUEST_LINUX_H
#define VMM_LOADER_GUEST_LINUX_H

#include "vmm/loader/guest_loaders.h"
#include "vmm/loader/linux_boot.h"

/* Where the loader put things, all guest-physical. */
struct linux_layout {
    uint64_t kernel;                /* the protected-mode part, whose first byte is the entry */
    uint64_t initrd, initrd_length; /* 0: none */
    uint64_t command_line, rsdp;    /* rsdp 0: Linux looks for it where the BIOS has it */
};

/* Fills an all-zero zero page but for the header's fixed part, which is the file's. */
void linux_fill_zero_page(struct linux_boot_params *params, const struct guest_load *load,
                          const struct linux_layout *layout);

#endif
