/* SPDX-License-Identifier: MIT */
/*
 * Real-mode code that a guest's INT 15h meets before the BIOS does: it answers what is asked about
 * memory, from the values behind it, and leaves all else to the BIOS. Runs at any paragraph, offset 0;
 * what is here is only copied (vmm/loader/guest_bios.c). E820 and its older relatives: ACPI specification,
 * "INT 15H, E820H - Query System Address Map"; Ralf Brown's list for the others.
 */
#include "vmm/loader/bios_memory.h"

    .code16
    .section .rodata
    .balign 16
    .globl bios_memory_code
bios_memory_code:
    cmp $0xe820, %ax
    je map
    cmp $0xe801, %ax
    je sizes
    cmp $0xe881, %ax
    je wide_sizes
    cmp $0x88, %ah
    je extended
    ljmp *%cs:BIOS_MEMORY_NEXT

/* EBX: number of the entry, 0 first and 0 again after the last; ES:DI: where it goes, ECX bytes. */
map:
    cmp $0x534d4150, %edx       /* "SMAP" */
    jne refuse
    cmp $BIOS_MEMORY_ENTRY, %ecx
    jb refuse
    cmp %cs:BIOS_MEMORY_COUNT, %ebx
    jae refuse
    push %si
    push %di
    imul $BIOS_MEMORY_ENTRY, %bx, %si
    add $BIOS_MEMORY_TABLE, %si
    mov $BIOS_MEMORY_ENTRY, %ecx
    cld                         /* IRET brings the caller's flags back */
    rep movsb %cs:(%si), %es:(%di)
    pop %di
    pop %si
    mov $BIOS_MEMORY_ENTRY, %cl
    mov %edx, %eax
    inc %ebx
    cmp %cs:BIOS_MEMORY_COUNT, %ebx
    jb done
    xor %ebx, %ebx
    jmp done

/* KiB from 1 MiB to 16 MiB, and 64 KiB blocks above, both twice. */
wide_sizes:
    movzwl %cs:BIOS_MEMORY_BELOW_16M, %eax
    movzwl %cs:BIOS_MEMORY_ABOVE_16M, %ebx
    mov %eax, %ecx
    mov %ebx, %edx
    jmp done
sizes:
    mov %cs:BIOS_MEMORY_BELOW_16M, %ax
    mov %cs:BIOS_MEMORY_ABOVE_16M, %bx
    mov %ax, %cx
    mov %bx, %dx
    jmp done

extended:
    mov %cs:BIOS_MEMORY_EXTENDED, %ax

done:                           /* carry clear in the flags that IRET takes: success */
    push %bp
    mov %sp, %bp
    andb $0xfe, 6(%bp)
    pop %bp
    iret

refuse:
    mov $0x86, %ah              /* no such function */
    push %bp
    mov %sp, %bp
    orb $1, 6(%bp)
    pop %bp
    iret
    .org bios_memory_code + BIOS_MEMORY_NEXT

    .section .note.GNU-stack, "", @progbits
