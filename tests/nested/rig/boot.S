/* SPDX-License-Identifier: MIT */
/*
 * The option ROM that starts Linux in the rig, without boot loader, disk or decompression: the
 * kernel, its initramfs and its boot parameters lie in RAM already, put there by Bochs'
 * optramimage1. tools/nested-rig lays that image out.
 *
 * Bochs 2.7 reads the image into its own memory in one piece, but hands that memory out to the
 * machine in blocks of 128 KiB, in the order in which the machine first touches them. The image
 * begins with padding blocks for what the BIOS has touched; here the rest of them are used up, and
 * then the blocks that matter are touched, each where it is to be.
 */
#include "tests/nested/rig/boot.h"

    .section .text
    .code16
rom:
    .byte 0x55, 0xaa, 1         /* one unit of 512 bytes; tools/nested-rig sets the checksum */
    cli
    cld
    lgdtl %cs:gdt_register - rom
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $8, $ROM_ADDRESS + protected - rom

    .code32
protected:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss

    mov $RIG_SCRATCH, %esi
1:  cmp $RIG_SCRATCH_END, %esi
    jae no_image
    mov (%esi), %eax
    add $RIG_BLOCK, %esi
    cmp $RIG_LAST_PADDING, %eax
    jne 1b

    mov $RIG_BOOT, %ebx         /* its own first touch */
    mov RIG_BOOT_TABLE(%ebx), %eax
    lea RIG_BOOT_TABLE(%ebx), %ebp
2:  mov (%ebp), %esi            /* pairs of address and number of blocks; the end is 0 */
    mov 4(%ebp), %ecx
    add $8, %ebp
    jecxz 4f
3:  mov (%esi), %eax
    add $RIG_BLOCK, %esi
    loop 3b
    jmp 2b

4:  mov %cr4, %eax
    or $1 << 5, %eax            /* PAE */
    mov %eax, %cr4
    lea RIG_BOOT_PAGES(%ebx), %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx       /* IA32_EFER: long mode */
    rdmsr
    or $1 << 8, %eax
    wrmsr
    mov %cr0, %eax
    or $1 << 31, %eax
    mov %eax, %cr0
    ljmp $0x18, $ROM_ADDRESS + long_mode - rom

/* The image is no longer what Bochs loaded: the machine was reset. End it. */
no_image:
    mov $ROM_ADDRESS + shutdown - rom, %esi
    mov $0x8900, %edx
    mov $8, %ecx
    rep outsb
    hlt

    .code64
long_mode:
    lea RIG_BOOT_PARAMETERS(%rbx), %rsi
    mov $RIG_KERNEL, %eax       /* startup_64: the kernel's first byte */
    jmp *%rax

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff    /* code, 32 bits */
    .quad 0x00cf93000000ffff    /* data */
    .quad 0x00af9b000000ffff    /* code, 64 bits */
gdt_register:
    .word . - gdt - 1
    .long ROM_ADDRESS + gdt - rom
shutdown:
    .ascii "Shutdown"

    .org 512
    .section .note.GNU-stack, "", @progbits
