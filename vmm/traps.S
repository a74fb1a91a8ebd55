/* SPDX-License-Identifier: MIT */
/* 256 entry points for the VMM's interrupt descriptor table; all lead to trap() with a frame. */
#include "build/offsets.h"
#include "vmm/push_registers.inc"

    .text
trap_common:
    push_registers
    cld
    mov %rsp, %rdi
    call trap
    pop_registers
    add $16, %rsp               /* vector and error code */
    iretq

    /*
     * Each entry point is TRAP_STUB_SIZE bytes. Vectors for which the CPU pushes an error code
     * get none of ours; an external interrupt at such a vector comes without one, which trap()
     * never returns through (take_interrupt() restores its stack pointer).
     */
    .balign 16
    .globl trap_stubs
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if (vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30)
    .else
    push $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

    /*
     * int take_interrupt(void): opens the window of one instruction in which a pending external
     * interrupt is taken. The interrupt's frame is dropped instead of returned through: whether
     * it holds an error code depends on the vector, and only the vector is wanted.
     */
    .globl take_interrupt
take_interrupt:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, interrupt_frame(%rip)
    sti
    nop
    nop
    cli
    movq $0, interrupt_frame(%rip)
    mov $-1, %eax
    jmp 1f
    .globl interrupt_taken
interrupt_taken:                /* from trap(), vector in EDI, interrupts off by the gate */
    mov interrupt_frame(%rip), %rsp
    movq $0, interrupt_frame(%rip)
    mov %edi, %eax
1:  pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .section .note.GNU-stack, "", @progbits
