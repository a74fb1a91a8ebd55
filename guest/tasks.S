/* SPDX-License-Identifier: MIT */
/* Task switches. SDM "Task Management": 32-Bit Task-State Segment, Task Switching, Nested Tasks. */
#include "guest/modes_attempt.inc"
#include "guest/segments.h"
#include "guest/tasks.h"

/* Fields of a 32-bit TSS. */
#define TSS_CR3 28
#define TSS_EIP 32
#define TSS_EFLAGS 36
#define TSS_ESP 56
#define TSS_ES 72
#define TSS_CS 76
#define TSS_SS 80
#define TSS_DS 84
#define TSS_IO_MAP 102

#define ACCESS_BYTE 5 /* of a descriptor */
#define AVAILABLE 0x89
#define TASK_GATE 0x8500
#define VECTOR_INTERRUPT 9
#define VECTOR_GP 13
#define EFLAGS_NT 0x4000
#define FAULTING_BYTES 2
#define ROW_BYTES 32
#define RUNS TASKS_ROWS * ROW_BYTES
#define KEPT RUNS + 4
#define BUSY_VECTOR RUNS + 8
#define MARK 0x7a5c0000

    /* Whether the old task has its registers back. */
    .macro keep
    cmp $MARK + 1, %ebx
    jne 8f
    cmp $MARK + 2, %esi
    jne 8f
    cmp $MARK + 3, %ebp
    jne 8f
    incl tasks_seen + KEPT
8:
    .endm

    .macro task_gate vector
    movl $SELECTOR_TASK_B << 16, modes_gates + 8 * \vector
    movl $TASK_GATE, modes_gates + 8 * \vector + 4
    .endm

    .text
    .code32
    /* Called in protected mode with paging, on flat segments; changes TR and LDTR. */
    .globl tasks_visit
tasks_visit:
    push %ebx
    push %esi
    push %edi
    push %ebp
    mov %cr3, %eax
    mov %eax, tasks_a + TSS_CR3
    mov %eax, tasks_b + TSS_CR3
    movw $TASK_BYTES, tasks_a + TSS_IO_MAP
    movw $TASK_BYTES, tasks_b + TSS_IO_MAP
    movl $new_task, tasks_b + TSS_EIP
    movl $2, tasks_b + TSS_EFLAGS
    movl $new_stack_top, tasks_b + TSS_ESP
    movl $SELECTOR_CODE32, tasks_b + TSS_CS
    movl $SELECTOR_DATA, tasks_b + TSS_SS
    movl $SELECTOR_DATA, tasks_b + TSS_DS
    movl $SELECTOR_DATA, tasks_b + TSS_ES
    movb $AVAILABLE, segments_gdt + SELECTOR_TASK_A + ACCESS_BYTE
    mov $SELECTOR_TASK_A, %eax
    ltr %ax

    mov $MARK + 1, %ebx
    mov $MARK + 2, %esi
    mov $MARK + 3, %ebp
    lcall $SELECTOR_TASK_B, $0
    keep
    task_gate VECTOR_INTERRUPT
    int $VECTOR_INTERRUPT
    keep
    ljmp $SELECTOR_TASK_B, $0
    keep

    push modes_gates + 8 * VECTOR_GP
    push modes_gates + 8 * VECTOR_GP + 4
    task_gate VECTOR_GP
    mov $TASKS_BAD_SELECTOR, %eax
    mov %eax, %fs
    pop modes_gates + 8 * VECTOR_GP + 4
    pop modes_gates + 8 * VECTOR_GP
    keep

    attempt lcall $SELECTOR_TASK_A, $0
    mov %eax, tasks_seen + BUSY_VECTOR
    clts
    pop %ebp
    pop %edi
    pop %esi
    pop %ebx
    ret

    /* The other task: writes its row and goes back, by IRET where it is nested. */
new_task:
    pushf
    pop %ecx
    mov tasks_seen + RUNS, %edi
    shl $5, %edi
    add $tasks_seen, %edi
    mov %ecx, (%edi)
    xor %eax, %eax
    str %ax
    mov %eax, 4(%edi)
    mov %cr0, %eax
    mov %eax, 8(%edi)
    clts
    movzwl tasks_b, %eax
    mov %eax, 12(%edi)
    movzbl segments_gdt + SELECTOR_TASK_A + ACCESS_BYTE, %eax
    mov %eax, 16(%edi)
    movzbl segments_gdt + SELECTOR_TASK_B + ACCESS_BYTE, %eax
    mov %eax, 20(%edi)
    mov tasks_a + TSS_EFLAGS, %eax
    mov %eax, 28(%edi)
    cmpl $TASKS_BY_FAULT, tasks_seen + RUNS
    jne 1f
    pop 24(%edi)
    addl $FAULTING_BYTES, tasks_a + TSS_EIP
1:  incl tasks_seen + RUNS
    test $EFLAGS_NT, %ecx
    jz 2f
    iret
    jmp new_task
2:  ljmp $SELECTOR_TASK_A, $0
    jmp new_task

    .bss
    .balign 128
    .globl tasks_a, tasks_b, tasks_seen
tasks_a:
    .skip TASK_BYTES
    .balign 128
tasks_b:
    .skip TASK_BYTES
    .balign 16
tasks_seen:
    .skip TASKS_ROWS * ROW_BYTES + 16
    .skip 512
new_stack_top:

    .section .note.GNU-stack, "", @progbits
