/* SPDX-License-Identifier: MIT */
/* The headers that make the image a multiboot 1 and a multiboot2 kernel. */
#define MULTIBOOT1_MAGIC   0x1badb002
#define MULTIBOOT1_FLAGS   0x00000003 /* modules on page boundaries, memory map wanted */
#define MULTIBOOT2_MAGIC   0xe85250d6
#define MULTIBOOT2_I386    0
#define TAG_END            0
#define TAG_MODULE_ALIGN   6
#define TAG_INFORMATION    1
#define INFO_MODULE        3
#define INFO_MEMORY_MAP    6

    .section .boot.header, "a"
    .balign 4
    .long MULTIBOOT1_MAGIC
    .long MULTIBOOT1_FLAGS
    .long -(MULTIBOOT1_MAGIC + MULTIBOOT1_FLAGS)

    .balign 8
multiboot2_header:
    .long MULTIBOOT2_MAGIC
    .long MULTIBOOT2_I386
    .long multiboot2_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + MULTIBOOT2_I386 + (multiboot2_end - multiboot2_header))

    .balign 8
    .word TAG_INFORMATION, 0
    .long 16
    .long INFO_MODULE, INFO_MEMORY_MAP

    .balign 8
    .word TAG_MODULE_ALIGN, 0
    .long 8

    .balign 8
    .word TAG_END, 0
    .long 8
multiboot2_end:

    .section .note.GNU-stack, "", @progbits
