/* SPDX-License-Identifier: MIT */
/* Into code of any kind, and back at whatever exception it meets. Included once, by wild.c. */
#ifndef TESTS_KERNELS_WILD_H
#define TESTS_KERNELS_WILD_H

#include "tests/kernels/kernel.h"

/* What IRET takes, to another privilege level and to virtual-8086 mode. */
struct frame {
    uint32_t eip, cs, eflags, esp, ss, es, ds, fs, gs;
};

struct task {
    uint32_t link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, io_map;
};

/* As PUSHA leaves them, and the exception's frame above. */
struct wild_result {
    uint32_t regs[8], vector, error, eip, cs, eflags;
};

/* The same in 64-bit mode: R15 to R8, RDI, RSI, RBP, RBX, RDX, RCX, RAX. */
struct wild_long_result {
    uint64_t regs[15], vector, error, rip, cs, rflags, rsp;
};

struct long_frame {
    uint64_t rip, cs, rflags, rsp, ss;
};

struct __attribute__((packed)) long_task {
    uint32_t reserved;
    uint64_t rsp[3], reserved2, ist[7], reserved3;
    uint16_t reserved4, io_map;
};

extern struct frame wild_frame;
extern uint32_t wild_registers[8], wild_stack, wild_data, wild_steps;
extern struct wild_result wild_result;
extern const uint32_t wild_stub[TRAPS];
void wild_enter(void);
void wild_fault(void);

extern struct long_frame wild_long_frame;
extern uint64_t wild_long_registers[15], wild_long_root[512];
extern struct wild_long_result wild_long_result;
extern struct table_pointer wild_long_idt;
extern const uint32_t wild_long_stub[TRAPS];
void wild_enter_long(void);

__asm__(".text\n"
        "wild_enter:\n\t"
        "pusha\n\t"
        "mov %esp, wild_saved\n\t"
        "mov wild_data, %eax\n\t"
        "mov $wild_registers, %esp\n\t"
        "mov %eax, %ds\n\tmov %eax, %es\n\tmov %eax, %fs\n\tmov %eax, %gs\n\t"
        "popa\n\t"
        "mov %ss:wild_stack, %esp\n\t"
        "iret\n"
        /* A step: TF is in the frame. */
        "wild_step:\n\t"
        "decl %ss:wild_steps\n\t"
        "js 1f\n\t"
        "iret\n"
        "1:\tpush $0\n\tpush $1\n"
        "wild_trap:\n\t"
        "pusha\n\t"
        "mov $0x10, %eax\n\t"
        "mov %eax, %ds\n\tmov %eax, %es\n\tmov %eax, %ss\n\t"
        "cld\n\t"
        "mov %esp, %esi\n\tmov $wild_result, %edi\n\tmov $13, %ecx\n\t"
        "rep movsl\n"
        "wild_leave:\n\t"
        "mov $0x10, %eax\n\t"
        "mov %eax, %ds\n\tmov %eax, %es\n\tmov %eax, %fs\n\tmov %eax, %gs\n\tmov %eax, %ss\n\t"
        "mov wild_saved, %esp\n\t"
        "popa\n\t"
        "ret\n"
        /* The task that a double fault switches to. */
        "wild_fault:\n\t"
        "pop wild_result + 36\n\t"
        "movl $8, wild_result + 32\n\t"
        "pushl $2\n\tpopf\n\t"
        "clts\n\t"
        "jmp wild_leave\n\t"
        ".altmacro\n\t"
        ".macro wild n\n"
        "wild_\\n:\n\t"
        ".if \\n == 1\n\tjmp wild_step\n\t.else\n\t"
        ".if (\\n == 8) || (\\n >= 10 && \\n <= 14) || (\\n == 17) || (\\n == 21)\n\t"
        ".else\n\tpush $0\n\t.endif\n\t"
        "push $\\n\n\tjmp wild_trap\n\t.endif\n\t"
        ".pushsection .rodata\n\t.long wild_\\n\n\t.popsection\n\t"
        ".endm\n\t"
        ".section .rodata\n\t.balign 4\n\t.globl wild_stub\n"
        "wild_stub:\n\t"
        ".text\n\t"
        ".set w, 0\n\t.rept 32\n\twild %w\n\t.set w, w + 1\n\t.endr\n\t"
        ".lcomm wild_saved, 4\n\t"
        ".comm wild_frame, 36\n\t.comm wild_registers, 32\n\t.comm wild_stack, 4\n\t"
        ".comm wild_data, 4\n\t.comm wild_steps, 4\n\t.comm wild_result, 52");

__asm__(".text\n"
        "wild_enter_long:\n\t"
        "pusha\n\t"
        "mov %esp, wild_saved\n\t"
        "lidt wild_long_idt\n\t"
        "mov $0x620, %eax\n\tmov %eax, %cr4\n\t"
        "mov $wild_long_root, %eax\n\tmov %eax, %cr3\n\t"
        "mov $0xc0000080, %ecx\n\trdmsr\n\tor $0x101, %eax\n\twrmsr\n\t"
        "mov $0x80010011, %eax\n\tmov %eax, %cr0\n\t"
        "ljmp $0x48, $1f\n\t"
        ".code64\n"
        "1:\tmov $0x60, %eax\n\tltr %ax\n\t"
        "mov $wild_long_registers, %esp\n\t"
        "pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %r11\n\tpop %r10\n\t"
        "pop %r9\n\tpop %r8\n\tpop %rdi\n\tpop %rsi\n\tpop %rbp\n\tpop %rbx\n\t"
        "pop %rdx\n\tpop %rcx\n\tpop %rax\n\t"
        "mov $wild_long_frame, %esp\n\t"
        "iretq\n"
        "wild_long_step:\n\t"
        "push %rax\n\tmov $wild_steps, %eax\n\tdecl (%rax)\n\tpop %rax\n\t"
        "js 1f\n\t"
        "iretq\n"
        "1:\tpush $0\n\tpush $1\n"
        "wild_long_trap:\n\t"
        "push %rax\n\tpush %rcx\n\tpush %rdx\n\tpush %rbx\n\tpush %rbp\n\tpush %rsi\n\t"
        "push %rdi\n\tpush %r8\n\tpush %r9\n\tpush %r10\n\tpush %r11\n\tpush %r12\n\t"
        "push %r13\n\tpush %r14\n\tpush %r15\n\t"
        "cld\n\t"
        "mov %rsp, %rsi\n\tmov $wild_long_result, %edi\n\tmov $21, %ecx\n\t"
        "rep movsq\n\t"
        "pushq $8\n\tmov $1f, %eax\n\tpush %rax\n\tlretq\n\t"
        ".code32\n"
        "1:\tmov $0x11, %eax\n\tmov %eax, %cr0\n\t"
        "mov $0xc0000080, %ecx\n\trdmsr\n\tand $~0x101, %eax\n\twrmsr\n\t"
        "xor %eax, %eax\n\tmov %eax, %cr4\n\t"
        "jmp wild_leave\n\t"
        ".macro wild_long n\n"
        "wild_long_\\n:\n\t"
        ".if \\n == 1\n\tjmp wild_long_step\n\t.else\n\t"
        ".if (\\n == 8) || (\\n >= 10 && \\n <= 14) || (\\n == 17) || (\\n == 21)\n\t"
        ".else\n\tpush $0\n\t.endif\n\t"
        "push $\\n\n\tjmp wild_long_trap\n\t.endif\n\t"
        ".pushsection .rodata\n\t.long wild_long_\\n\n\t.popsection\n\t"
        ".endm\n\t"
        ".section .rodata\n\t.balign 4\n\t.globl wild_long_stub\n"
        "wild_long_stub:\n\t"
        ".text\n\t.code64\n\t"
        ".set w, 0\n\t.rept 32\n\twild_long %w\n\t.set w, w + 1\n\t.endr\n\t"
        ".code32\n\t"
        ".comm wild_long_frame, 40\n\t.comm wild_long_registers, 120\n\t"
        ".comm wild_long_result, 168\n\t.comm wild_long_idt, 6\n\t"
        ".comm wild_long_root, 4096, 4096");

#endif
