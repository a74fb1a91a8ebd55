/* SPDX-License-Identifier: MIT */
/* One stub for each of the 256 vectors, all of one length, and what they have in common. */
#include "guest/segments.h"
#include "vmm/push_registers.inc"

    .text
    .globl trap_vectors
    .balign 16
trap_vectors:
    .set vector, 0
    .rept 256
    .balign 16
    /* #DF #TS #NP #SS #GP #PF #AC #CP push an error code, the others get a zero. */
    .if vector != 8 && (vector < 10 || vector > 14) && vector != 17 && vector != 21
    push $0
    .endif
    push $vector
    jmp common
    .set vector, vector + 1
    .endr

common:
    push_registers
    cld
    mov %rsp, %rdi
    call trap_dispatch
    pop_registers
    add $16, %rsp
    iretq

    .section .note.GNU-stack, "", @progbits
