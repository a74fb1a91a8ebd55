/* SPDX-License-Identifier: MIT */
/* What the BIOS tells a guest of memory: guests may ask it, past what their boot loader says. */
#ifndef VMM_LOADER_GUEST_BIOS_H
#define VMM_LOADER_GUEST_BIOS_H

#include "vmm/loader/guest_image.h"

/*
 * On a machine that started by a BIOS, puts a handler before the BIOS's INT 15h that answers with
 * load->map, in a page below 640 KiB that the map then has as reserved; the size of low memory in the
 * BIOS's data ends before it. Does nothing on other machines. Returns false with the reason where
 * there is no room. Comes before guest_load, and after the last change of the map.
 */
bool guest_bios_set_up(struct guest_load *load, struct refusal *why);

#endif
