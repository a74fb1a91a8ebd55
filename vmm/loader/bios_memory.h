/* SPDX-License-Identifier: MIT */
/* What lies behind the code of bios_memory.S, by offset from its first byte; for C and assembly. */
#ifndef VMM_LOADER_BIOS_MEMORY_H
#define VMM_LOADER_BIOS_MEMORY_H

#define BIOS_MEMORY_NEXT      0x200 /* offset and segment: the BIOS's own handler */
#define BIOS_MEMORY_BELOW_16M 0x204 /* usable KiB from 1 MiB on, at most to 16 MiB */
#define BIOS_MEMORY_ABOVE_16M 0x206 /* usable 64 KiB blocks from 16 MiB on */
#define BIOS_MEMORY_EXTENDED  0x208 /* usable KiB from 1 MiB on */
#define BIOS_MEMORY_COUNT     0x20c /* entries of the table, 32 bits */
#define BIOS_MEMORY_TABLE     0x210
#define BIOS_MEMORY_ENTRY     20 /* bytes: base, length, type */

#endif
