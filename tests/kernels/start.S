/* SPDX-License-Identifier: MIT */
/* The Multiboot header and the assembly of the small kernels; see kernel.h. */
    .section .multiboot, "a"
    .balign 4
    .long 0x1badb002, 0x3, -(0x1badb002 + 0x3)

    .text
    .globl _start
_start:
    cli
    mov $stack_top, %esp
    push %ebx
    push %eax
    call kernel_main
1:  hlt
    jmp 1b

/* try_code(code): registers come from and go to `trial`. */
    .globl try_code
try_code:
    pusha
    mov %esp, saved_esp
    mov 36(%esp), %eax
    mov %eax, code
    movl $0xff, trial + 32
    mov $trial, %esp
    popa                        /* ESP itself is not loaded by POPA */
    mov saved_esp, %esp
    call *code
    mov %esp, %ss:saved_after
    mov $0x10, %esp             /* no register is free, and DS may be changed */
    mov %esp, %ds
    mov $trial + 32, %esp
    pusha
    jmp leave

trap:                           /* stack: vector, error code, EIP, CS, EFLAGS */
    movl $0x10, %ss:saved_after
    mov %ss:saved_after, %ds
    popl trial + 32
    popl trial + 36
    popl trial + 40
    add $4, %esp
    popl trial + 44
    mov $trial + 32, %esp
    pusha
leave:
    mov saved_esp, %esp
    mov $0x10, %eax
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    cld
    popa
    ret

    .altmacro
    .macro stub n
trap_\n:
    .if (\n == 8) || (\n >= 10 && \n <= 14) || (\n == 17) || (\n == 21)
    .else
    push $0
    .endif
    push $\n
    jmp trap
    .pushsection .rodata
    .long trap_\n
    .popsection
    .endm

    .section .rodata
    .balign 4
    .globl trap_stub
trap_stub:
    .text
    .set i, 0
    .rept 32
    stub %i
    .set i, i + 1
    .endr

    .bss
    .balign 4096
    .globl gdt, idt, trial
gdt: .skip 64 * 8
idt: .skip 256 * 8
trial: .skip 48
saved_esp: .skip 4
saved_after: .skip 4
code: .skip 4
    .balign 4096
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", @progbits
