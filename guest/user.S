/* SPDX-License-Identifier: MIT */
/* The way to CPL 3 and back. */
#include "guest/segments.h"

#define TSS_RSP0 4
#define RPL3 3
#define RFLAGS_FIXED 2
#define VECTOR_USER_RETURN 0x80

    .text
    .globl user_call
user_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, kernel_stack
    mov %rsp, segments_tss + TSS_RSP0
    mov %rdi, %rax
    mov %rsi, %rdi
    push $SELECTOR_USER_DATA + RPL3
    push $user_stack_top
    push $RFLAGS_FIXED
    push $SELECTOR_USER_CODE64 + RPL3
    push $at_user
    iretq

at_user:
    call *%rax
    int $VECTOR_USER_RETURN

    .globl user_return
user_return:
    mov kernel_stack, %rsp
    mov $SELECTOR_DATA, %ecx
    mov %ecx, %ss
    mov %ecx, %ds
    mov %ecx, %es
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    cld
    ret

    .bss
    .balign 16
kernel_stack:
    .skip 16
    .skip 4 * 4096
user_stack_top:

    .section .note.GNU-stack, "", @progbits
