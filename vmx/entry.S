/* SPDX-License-Identifier: MIT */
/*
 * The way into the guest and back: vmx_entry, with the vcpu in RDI, returns with RDI = vcpu, at an exit that
 * the run loop has to handle with CF = 0, or at once with CF = 1 where VM entry failed before the
 * guest's state was loaded (VMfail). Every other register is lost: vmx/entry.h tells the compiler
 * so, which saves it from keeping any of them.
 *
 * At an exit only the registers that C functions may change are saved, and RBX; exit_begin() records
 * the exit and handles the most frequent ones (vmm/run.c). Where it did, the guest goes on from here
 * and RBP and R12-R15 were never moved.
 *
 * The host RSP of the VMCS is this function's own stack pointer, set before the launch; the run
 * loop calls from one place, so it holds for every later exit.
 */
#include "build/offsets.h"

    .macro load_scratch_registers
    mov VCPU_RCX(%rax), %rcx
    mov VCPU_RDX(%rax), %rdx
    mov VCPU_RBX(%rax), %rbx
    mov VCPU_RSI(%rax), %rsi
    mov VCPU_RDI(%rax), %rdi
    mov VCPU_R8(%rax), %r8
    mov VCPU_R9(%rax), %r9
    mov VCPU_R10(%rax), %r10
    mov VCPU_R11(%rax), %r11
    mov VCPU_RAX(%rax), %rax
    .endm

    .text
    .globl vmx_entry
vmx_entry:
    push %rdi                   /* stays at the host RSP, where every exit finds the vcpu */
    mov %rdi, %rax
    cmpb $0, VCPU_LAUNCHED(%rax)
    jne 1f
    movl $VMCS_HOST_RSP, %ecx
    vmwrite %rsp, %rcx
    cmpb $0, VCPU_LAUNCHED(%rax) /* again: VMWRITE has set the flags */
1:  mov VCPU_RBP(%rax), %rbp    /* MOV leaves the flags of the comparison alone */
    mov VCPU_R12(%rax), %r12
    mov VCPU_R13(%rax), %r13
    mov VCPU_R14(%rax), %r14
    mov VCPU_R15(%rax), %r15
    load_scratch_registers
    je 2f
    vmresume
    jmp vm_fail
2:  vmlaunch
vm_fail:                        /* nothing of the guest was loaded */
    pop %rdi
    stc
    ret

    .globl vmx_exit
vmx_exit:
    push %rdi
    mov 8(%rsp), %rdi           /* the vcpu that vmx_entry pushed */
    mov %rax, VCPU_RAX(%rdi)
    mov %rcx, VCPU_RCX(%rdi)
    mov %rdx, VCPU_RDX(%rdi)
    mov %rbx, VCPU_RBX(%rdi)
    mov %rsi, VCPU_RSI(%rdi)
    mov %r8, VCPU_R8(%rdi)
    mov %r9, VCPU_R9(%rdi)
    mov %r10, VCPU_R10(%rdi)
    mov %r11, VCPU_R11(%rdi)
    pop VCPU_RDI(%rdi)          /* what was pushed first: the guest's RDI */
    call exit_begin
    test %rax, %rax
    jz 3f
    load_scratch_registers
    vmresume
    jmp vm_fail

3:  mov (%rsp), %rdi            /* for the run loop: the registers that C has kept */
    mov %rbp, VCPU_RBP(%rdi)
    mov %r12, VCPU_R12(%rdi)
    mov %r13, VCPU_R13(%rdi)
    mov %r14, VCPU_R14(%rdi)
    mov %r15, VCPU_R15(%rdi)
    add $8, %rsp                /* clears CF */
    ret

    .section .note.GNU-stack, "", @progbits
