/* SPDX-License-Identifier: MIT */
/*
 * Out of long mode and back: protected mode without paging, with PAE paging, with 32-bit paging,
 * real mode. Each station leaves what it saw in modes_seen (modes.h has its layout).
 */
#include "guest/modes.h"
#include "guest/modes_attempt.inc"
#include "guest/segments.h"

#define CR0_PE 0x1
#define CR0_PG 0x80000000
#define CR4_PSE 0x10
#define CR4_PAE 0x20
#define EFER 0xc0000080
#define EFER_LME 0x100
#define GATE32 0x8e00
#define STUB_BYTES 32
#define PRESENT 0x1
#define PRESENT_WRITABLE_LARGE 0x83
#define RESERVED_IN_PDPTE 0x2
#define PORT_PCI_ADDRESS 0xcf8
#define PCI_ENABLE 0x80000000

    /* Puts a register into modes_seen; the offsets follow each other in the order of modes.h. */
    .set seen_offset, 0
    .macro seen register
    mov \register, modes_seen + seen_offset
    .set seen_offset, seen_offset + 4
    .endm

    .macro paging_on
    mov %cr0, %eax
    or $CR0_PG, %eax
    mov %eax, %cr0
    .endm

    .macro paging_off
    mov %cr0, %eax
    and $~CR0_PG, %eax
    mov %eax, %cr0
    .endm

    .macro see_cpuid
    xor %eax, %eax
    cpuid
    seen %ebx
    .endm

    .text
    .code64
    .globl modes_run
modes_run:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sidt idtr64
    mov %cr4, %rax
    mov %eax, saved_cr4
    push $SELECTOR_CODE32
    push $unpaged
    lretq

    .code32
unpaged:
    paging_off
    mov %cr0, %eax
    seen %eax
    mov $EFER, %ecx
    rdmsr
    seen %eax
    and $~EFER_LME, %eax
    wrmsr
    call make_gates
    lidt idtr32
    see_cpuid
    mov $PORT_PCI_ADDRESS, %edx
    mov $PCI_ENABLE | 0x1110, %eax
    out %eax, %dx
    xor %eax, %eax
    in %dx, %eax
    seen %eax
    xor %eax, %eax
    attempt vmcall
    seen %eax

    /* PAE: four entries; the second maps the window. */
    movl $directory + PRESENT, directory_pointers
    movl $directory + PRESENT + RESERVED_IN_PDPTE, directory_pointers + 8
    movl $PRESENT_WRITABLE_LARGE, directory
    movl $0, directory + 4
    mov $directory_pointers, %eax
    mov %eax, %cr3
    mov %cr0, %ebx
    or $CR0_PG, %ebx
    attempt mov %ebx, %cr0
    seen %eax

    movl $directory + PRESENT, directory_pointers + 8
    mov $directory_pointers, %eax
    mov %eax, %cr3
    paging_on
    mov %cr0, %eax
    seen %eax
    mov %cr4, %eax
    seen %eax
    mov modes_cell + MODES_WINDOW, %eax
    seen %eax
    movl $0, directory_pointers + 8
    invlpg modes_cell + MODES_WINDOW
    mov modes_cell + MODES_WINDOW, %eax
    seen %eax
    mov %cr3, %eax
    mov %eax, %cr3
    attempt mov modes_cell + MODES_WINDOW, %ebx
    seen %eax
    mov %cr2, %eax
    seen %eax
    movl $directory + PRESENT + RESERVED_IN_PDPTE, directory_pointers + 8
    mov %cr3, %ebx
    attempt mov %ebx, %cr3
    seen %eax
    see_cpuid

    /* 32-bit paging, pages of 4 MiB: the same directory, now of 4-byte entries. */
    paging_off
    mov %cr4, %eax
    and $~CR4_PAE, %eax
    or $CR4_PSE, %eax
    mov %eax, %cr4
    movl $PRESENT_WRITABLE_LARGE, directory
    movl $PRESENT_WRITABLE_LARGE, directory + 4 * (MODES_WINDOW >> 22)
    mov $directory, %eax
    mov %eax, %cr3
    paging_on
    mov %cr0, %eax
    seen %eax
    mov %cr4, %eax
    seen %eax
    mov modes_cell + MODES_WINDOW, %eax
    seen %eax
    see_cpuid
    call tasks_visit
    movl $0, directory + 4 * (MODES_WINDOW >> 22)
    paging_off
    call visit_real_mode

    /* Home. */
    mov saved_cr4, %eax
    mov %eax, %cr4
    mov $paging_root, %eax
    mov %eax, %cr3
    mov $EFER, %ecx
    rdmsr
    or $EFER_LME, %eax
    wrmsr
    paging_on
    ljmp $SELECTOR_CODE64, $1f

    .code64
1:  mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lidt idtr64
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .code32
    /* 32-bit gates for the vectors below 32, each to its own stub. */
make_gates:
    mov $modes_gates, %edi
    mov $stubs32, %eax
    mov $32, %ecx
1:  mov %eax, %edx
    and $0xffff, %edx
    or $SELECTOR_CODE32 << 16, %edx
    mov %edx, (%edi)
    mov %eax, %edx
    and $0xffff0000, %edx
    or $GATE32, %edx
    mov %edx, 4(%edi)
    add $8, %edi
    add $STUB_BYTES, %eax
    loop 1b
    ret

    .balign STUB_BYTES
stubs32:
    .set number, 0
    .rept 32
    .balign STUB_BYTES
    .if number != 8 && (number < 10 || number > 14) && number != 17
    push $0
    .endif
    movl $number, modes_vector
    jmp caught32
    .set number, number + 1
    .endr

caught32:
    add $4, %esp
    push modes_resume
    pop (%esp)
    iret

    /* Copies the real-mode code low, runs it, and puts back what was there. */
visit_real_mode:
    mov $MODES_REAL_BASE, %esi
    mov $saved_page, %edi
    mov $1024, %ecx
    rep movsl
    mov $real_start, %esi
    mov $MODES_REAL_BASE, %edi
    mov $real_end - real_start, %ecx
    rep movsb
    mov %esp, saved_stack
    lidt idtr16
    ljmp $SELECTOR_CODE16, $MODES_REAL_BASE

back_from_real_mode:
    mov $SELECTOR_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    mov saved_stack, %esp
    mov $MODES_REAL_BASE + real_seen - real_start, %esi
    mov $modes_seen + seen_offset, %edi
    mov $7, %ecx
    rep movsl
    mov $saved_page, %esi
    mov $MODES_REAL_BASE, %edi
    mov $1024, %ecx
    rep movsl
    ret

    /* Runs at MODES_REAL_BASE; within it, symbols are used as distances from real_start. */
#define HERE(symbol) (MODES_REAL_BASE + symbol - real_start)
#define REAL_IVT_UD (4 * 6)
#define REAL_IVT_60 (4 * 0x60)
    .code16
real_start:
    mov $SELECTOR_DATA16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %eax, %fs
    mov %eax, %gs
    mov %cr0, %eax
    and $~CR0_PE, %eax
    mov %eax, %cr0
    ljmp $0, $HERE(1f)
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $MODES_REAL_BASE + 0xf00, %esp
    mov %cr0, %eax
    mov %eax, HERE(real_seen)
    xor %eax, %eax
    cpuid
    mov %ebx, HERE(real_seen) + 4
    mov $PORT_PCI_ADDRESS, %dx
    mov $PCI_ENABLE | 0x2220, %eax
    out %eax, %dx
    xor %eax, %eax
    in %dx, %eax
    mov %eax, HERE(real_seen) + 8

    movl $0x5e9, MODES_REAL_BASE + 0xff8
    mov $(MODES_REAL_BASE >> 4) + 0xf0, %ax
    mov %ax, %fs
    mov %fs:0xf8, %eax
    mov %eax, HERE(real_seen) + 12

    pushl REAL_IVT_UD
    pushl REAL_IVT_60
    movl $HERE(real_ud), REAL_IVT_UD
    movl $HERE(real_60), REAL_IVT_60
    int $0x60
    ud2
    .byte 0x0f, 0x01, 0xc1 /* VMCALL */
    popl REAL_IVT_60
    popl REAL_IVT_UD
    smsw %eax
    mov %eax, HERE(real_seen) + 24

    mov %cr0, %eax
    or $CR0_PE, %eax
    mov %eax, %cr0
    ljmpl $SELECTOR_CODE32, $back_from_real_mode

real_60:
    movl $0x60, HERE(real_seen) + 16
    iret

    /* Steps over UD2, or over VMCALL, by its length. */
real_ud:
    push %bp
    mov %sp, %bp
    push %si
    mov 2(%bp), %si
    addw $2, 2(%bp)
    cmpb $0x0b, 1(%si)
    je 1f
    incw 2(%bp)
1:  incl HERE(real_seen) + 20
    pop %si
    pop %bp
    iret

    .balign 4
real_seen:
    .skip 28
real_end:

    .section .rodata
    .globl modes_cell
    .balign 4
modes_cell:
    .long 0xce11
idtr32:
    .word 32 * 8 - 1
    .long modes_gates
idtr16:
    .word 0x3ff
    .long 0

    .bss
    .globl modes_seen, modes_gates, modes_resume, modes_vector
    .balign 4096
directory:
    .skip 4096
saved_page:
    .skip 4096
    .balign 32
directory_pointers:
    .skip 32
modes_gates:
    .skip 32 * 8
modes_seen:
    .skip 128
idtr64:
    .skip 16
saved_cr4:
    .skip 4
saved_stack:
    .skip 4
modes_resume:
    .skip 4
modes_vector:
    .skip 4

    .section .note.GNU-stack, "", @progbits
