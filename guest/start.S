/* SPDX-License-Identifier: MIT */
/* Where the loader enters the guest: 32-bit protected mode, no paging. From here to long mode. */
#include "guest/segments.h"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00000003 /* modules on page boundaries, memory information */

#define CR0_PG_WP_NE_ET_MP_PE 0x80010033
#define CR4_PAE_OSFXSR_OSXMMEXCPT 0x620
#define EFER 0xc0000080
#define EFER_LME_NXE 0x900
#define PAGE_SIZE 4096
#define PAGE_TABLE_FLAGS 0x7  /* present, writable, user */
#define LARGE_PAGE_FLAGS 0x87 /* the same, 2 MiB */

    .section .multiboot, "a"
    .balign 4
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

    .text
    .code32
    .globl start
start:
    /* What the loader left, before anything changes it: struct entry_state of entry.h. */
    mov %eax, entry_state
    mov %ebx, entry_state + 4
    mov $stack_top, %esp
    pushf
    popl entry_state + 8
    mov %cr0, %eax
    mov %eax, entry_state + 12
    mov %cr4, %eax
    mov %eax, entry_state + 16
    mov %cs, entry_state + 20
    mov %ds, entry_state + 22
    mov %es, entry_state + 24
    mov %ss, entry_state + 26
    push $0
    popf
    cld

    /* The first 4 GiB, each address to itself. */
    movl $boot_directory_pointers + PAGE_TABLE_FLAGS, paging_root
    mov $boot_directories + PAGE_TABLE_FLAGS, %eax
    mov $boot_directory_pointers, %edi
    mov $4, %ecx
1:  mov %eax, (%edi)
    add $PAGE_SIZE, %eax
    add $8, %edi
    dec %ecx
    jnz 1b
    mov $LARGE_PAGE_FLAGS, %eax
    mov $boot_directories, %edi
    mov $4 * 512, %ecx
2:  mov %eax, (%edi)
    add $1 << 21, %eax
    add $8, %edi
    dec %ecx
    jnz 2b

    mov $CR4_PAE_OSFXSR_OSXMMEXCPT, %eax
    mov %eax, %cr4
    mov $paging_root, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME_NXE, %eax
    wrmsr
    mov $CR0_PG_WP_NE_ET_MP_PE, %eax
    mov %eax, %cr0
    lgdt boot_gdtr
    ljmp $SELECTOR_CODE64, $3f

    .code64
3:  mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    call guest_main
    ud2

    .data
    .balign 8
boot_gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
boot_gdtr:
    .word . - boot_gdt - 1
    .long boot_gdt

    .bss
    .balign PAGE_SIZE
    .globl paging_root, boot_directory_pointers, boot_directories
paging_root:
    .skip PAGE_SIZE
boot_directory_pointers:
    .skip PAGE_SIZE
boot_directories:
    .skip 4 * PAGE_SIZE
    .skip 4 * PAGE_SIZE
stack_top:
    .globl entry_state
    .balign 8
entry_state:
    .skip 32

    .section .note.GNU-stack, "", @progbits
