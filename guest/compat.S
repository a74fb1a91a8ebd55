/* SPDX-License-Identifier: MIT */
/* Into compatibility mode and back, and what is to be run there. */
#include "guest/segments.h"

    .macro fixup first, second
    .pushsection x86_fixup, "a"
    .balign 4
    .long \first - ., \second - .
    .long \second - ., \second - .
    .popsection
    .endm

    .text
    .code64
    .globl compat_call
compat_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %edi, %edx
    push $SELECTOR_CODE32
    push $1f
    lretq

    .code32
1:  call *%edx
    ljmp $SELECTOR_CODE64, $2f

    .code64
2:  pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .code32
    .globl compat_into
compat_into:
    mov $0x7fffffff, %eax
    inc %eax
1:  into
2:  fixup 1b, 2b
    ret

    .globl compat_bound
compat_bound:
    mov $11, %eax
1:  bound %eax, bounds
2:  fixup 1b, 2b
    ret

    .globl compat_cpuid
compat_cpuid:
    xor %eax, %eax
    .byte 0x66 /* of no effect but on the length */
    cpuid
    mov %ebx, %eax
    ret

    .globl compat_vmcall
compat_vmcall:
    xor %eax, %eax
1:  vmcall
2:  fixup 1b, 2b
    ret

    .globl compat_outs
compat_outs:
    push %esi
    mov $0x80, %edx
    mov $bounds, %esi
1:  outsb
2:  fixup 1b, 2b
    mov %esi, %eax
    sub $bounds, %eax
    pop %esi
    ret

    .section .rodata
    .balign 4
bounds:
    .long 1, 10

    .section .note.GNU-stack, "", @progbits
