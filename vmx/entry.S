/* SPDX-License-Identifier: MIT */
/*
 * The way into the guest and back: vmx_enter(vcpu in RDI) returns at the next VM exit with
 * RDI = vcpu and RAX = 0, or at once with RAX = 1 where VM entry failed before the guest's state
 * was loaded (VMfail). Every other register is lost: vmx/entry.h tells the compiler so, which
 * saves it from keeping any of them.
 *
 * The host RSP of the VMCS is this function's own stack pointer, set before the launch; the run
 * loop calls from one place, so it holds for every later exit.
 */
#include "build/offsets.h"


    .text
    .globl vmx_enter
vmx_enter:
    push %rdi
    cmpb $0, VCPU_LAUNCHED(%rdi)
    jne 1f
    movl $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
    cmpb $0, VCPU_LAUNCHED(%rdi)
1:  mov VCPU_RAX(%rdi), %rax    /* MOV leaves the flags of the comparison alone */
    mov VCPU_RCX(%rdi), %rcx
    mov VCPU_RDX(%rdi), %rdx
    mov VCPU_RBX(%rdi), %rbx
    mov VCPU_RBP(%rdi), %rbp
    mov VCPU_RSI(%rdi), %rsi
    mov VCPU_R8(%rdi), %r8
    mov VCPU_R9(%rdi), %r9
    mov VCPU_R10(%rdi), %r10
    mov VCPU_R11(%rdi), %r11
    mov VCPU_R12(%rdi), %r12
    mov VCPU_R13(%rdi), %r13
    mov VCPU_R14(%rdi), %r14
    mov VCPU_R15(%rdi), %r15
    mov VCPU_RDI(%rdi), %rdi
    je 2f
    vmresume
    jmp 3f
2:  vmlaunch
3:  pop %rdi                    /* VMfail: nothing of the guest was loaded */
    mov $1, %eax
    ret

    .globl vmx_exit
vmx_exit:
    push %rdi
    mov 8(%rsp), %rdi
    mov %rax, VCPU_RAX(%rdi)
    mov %rcx, VCPU_RCX(%rdi)
    mov %rdx, VCPU_RDX(%rdi)
    mov %rbx, VCPU_RBX(%rdi)
    mov %rbp, VCPU_RBP(%rdi)
    mov %rsi, VCPU_RSI(%rdi)
    mov %r8, VCPU_R8(%rdi)
    mov %r9, VCPU_R9(%rdi)
    mov %r10, VCPU_R10(%rdi)
    mov %r11, VCPU_R11(%rdi)
    mov %r12, VCPU_R12(%rdi)
    mov %r13, VCPU_R13(%rdi)
    mov %r14, VCPU_R14(%rdi)
    mov %r15, VCPU_R15(%rdi)
    pop VCPU_RDI(%rdi)          /* what was pushed first: the guest's RDI */
    pop %rax                    /* the vcpu pointer */
    xor %eax, %eax
    ret

    .section .note.GNU-stack, "", @progbits
