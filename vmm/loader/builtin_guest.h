/* SPDX-License-Identifier: MIT */
/* The test guest that is part of the image: a Multiboot 1 kernel, made from guest/. */
#ifndef VMM_LOADER_BUILTIN_GUEST_H
#define VMM_LOADER_BUILTIN_GUEST_H

#include <stdint.h>

extern const uint8_t builtin_guest[], builtin_guest_end[];

#endif
