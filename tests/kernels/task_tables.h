/* SPDX-License-Identifier: MIT */
/* The tasks of tasks.c as they are before a switch: TSSs, GDT, gates. Included once. */
#ifndef TESTS_KERNELS_TASK_TABLES_H
#define TESTS_KERNELS_TASK_TABLES_H

#include "tests/kernels/kernel.h"

enum { VECTOR_SWITCH = 0x30, VECTOR_END = 0x31, VECTORS = 0x32, CATCHERS_MAX = 33, STACK = 64 };
enum { EFLAGS_TF = 0x100, EFLAGS_NT = 0x4000, EFLAGS_VM = 0x20000 };
enum { IOPL_3 = 0x3000, CR4_PSE = 0x10, PAGE = 4096, LOW_CODE = 0x9000 };

/* Places in the GDT, behind the kernel's own. */
enum {
    TASK_A = 3,
    TASK_B,
    GATE_B,
    USER_CODE,
    USER_DATA,
    CONFORMING,
    NEAR_CODE, /* 64 KiB around the new task's code, for 16-bit TSSs */
    LDT,
    ABSENT_CODE,
    ABSENT_DATA,
    READ_ONLY,
    SMALL_STACK,
    CATCHERS,
};

struct tss {
    uint16_t link, reserved0;
    uint32_t esp0, ss0, inner[4], cr3, eip, eflags;
    uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt;
    uint16_t trap, io_map;
};

struct tss16 {
    uint16_t link, inner[6], ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt;
};

_Static_assert(sizeof(struct tss) == 104 && sizeof(struct tss16) == 44, "as the manual draws them");

static struct tss task_a __attribute__((aligned(128)));
static union {
    struct tss wide;
    struct tss16 narrow;
    uint8_t page[PAGE];
} task_b __attribute__((aligned(PAGE)));
static struct tss catchers[CATCHERS_MAX] __attribute__((aligned(128)));
static uint32_t catcher_stacks[CATCHERS_MAX][STACK];
static uint32_t stack_b[STACK], stack_user[STACK], stack_inner[STACK];
static uint64_t ldt[4];
static uint32_t root[1024] __attribute__((aligned(PAGE)));
static uint32_t other_root[1024] __attribute__((aligned(PAGE)));
static uint32_t table[1024] __attribute__((aligned(PAGE))); /* of the 4 MiB around the kernel */
static uint8_t code[64];

extern const uint8_t new_task[], new_task_iret[], new_task_jump[];
void catch_here(void);
void run_here(const void *at, uint32_t cs, uint32_t eflags, uint32_t ss, uint32_t esp);
void task_caught(uint32_t esp);
uint32_t saved_stack;

/* 0x18 is the first task. */
__asm__(
    ".text\n"
    "run_here:\n\t"
    "pushf\n\tpusha\n\tmov %esp, saved_stack\n\t"
    "mov 40(%esp), %eax\n\tmov 44(%esp), %ebx\n\tmov 48(%esp), %ecx\n\t"
    "test $3, %bl\n\tjz 1f\n\t"
    "push 52(%esp)\n\tpush 60(%esp)\n"
    "1:\tpush %ecx\n\tpush %ebx\n\tpush %eax\n\t"
    "mov $0x11111111, %eax\n\tmov $0x22222222, %ecx\n\tmov $1, %edx\n\tmov $0x44444444, %ebx\n\t"
    "mov $0x55555555, %ebp\n\tmov $0x66666666, %esi\n\tmov $0x77777777, %edi\n\t"
    "iret\n"
    "catch_here:\n\t"
    "mov %esp, %eax\n\tand $~0xf, %esp\n\tpush %eax\n\tcall task_caught\n\t"
    "mov saved_stack, %esp\n\tpopa\n\tpopf\n\tret\n"
    "new_task_iret:\n\tiret\n\tint $0x31\n"
    "new_task_jump:\n\tljmp $0x18, $0\n\tint $0x31\n"
    "new_task:\n\t"
    "sldt %eax\n\tstr %ebx\n\tmov %cr0, %ecx\n\tmov %dr7, %edx\n\tmov %cr3, %esi\n\t"
    "int $0x31");

static void fill_tables(void)
{
    const uint32_t near = (uint32_t)new_task & ~0xfffu;

    gdt[TASK_A] = descriptor((uint32_t)&task_a, 0x67, 0x89);
    gdt[TASK_B] = descriptor((uint32_t)&task_b, 0x67, 0x89);
    gdt[GATE_B] = UINT64_C(0xe500) << 32 | TASK_B * 8 << 16;
    gdt[USER_CODE] = descriptor(0, 0xfffff, 0xc0fb);
    gdt[USER_DATA] = descriptor(0, 0xfffff, 0xc0f3);
    gdt[CONFORMING] = descriptor(0, 0xfffff, 0xc09f);
    gdt[NEAR_CODE] = descriptor(near, 0xffff, 0x409b);
    gdt[LDT] = descriptor((uint32_t)ldt, sizeof(ldt) - 1, 0x82);
    gdt[ABSENT_CODE] = descriptor(0, 0xfffff, 0xc01b);
    gdt[ABSENT_DATA] = descriptor(0, 0xfffff, 0xc013);
    gdt[READ_ONLY] = descriptor(0, 0xfffff, 0xc090);
    gdt[SMALL_STACK] = descriptor((uint32_t)stack_b, 0xfff, 0x4093);
    ldt[1] = descriptor(0x1000, 0xfff, 0x40f2);
    for (unsigned i = 0; i < CATCHERS_MAX; i++)
        gdt[CATCHERS + i] = descriptor((uint32_t)&catchers[i], 0x67, 0x89);
}

/* The catchers' places in the GDT: by vector, the last one for INT 0x31. */
static unsigned catcher(unsigned vector)
{
    return vector < 32 ? vector : 32;
}

static void fill_tasks(uint32_t cr3)
{
    for (unsigned i = 0; i < CATCHERS_MAX; i++)
        catchers[i] = (struct tss){
            .cr3 = cr3,
            .eip = (uint32_t)catch_here,
            .eflags = 2,
            .esp = (uint32_t)(catcher_stacks[i] + STACK),
            .cs = CODE,
            .ss = DATA,
            .ds = DATA,
            .es = DATA,
            .io_map = 0x68,
        };
    task_a = (struct tss){
        .cr3 = cr3,
        .esp0 = (uint32_t)(stack_inner + STACK),
        .ss0 = DATA,
        .io_map = 0x68,
    };
    for (unsigned i = 0; i < sizeof(task_b); i++)
        task_b.page[i] = 0;
    task_b.wide = catchers[0];
    task_b.wide.eip = (uint32_t)new_task;
    task_b.wide.esp = (uint32_t)(stack_b + STACK);
    task_b.wide.esp0 = (uint32_t)(stack_inner + STACK);
    task_b.wide.ss0 = DATA;
    task_b.wide.eax = 0xa0a0a0a0;
    task_b.wide.edi = 0xd1d1d1d1;
    task_b.wide.fs = DATA;
}

static void fill_gates(void)
{
    for (unsigned i = 0; i < VECTORS; i++)
        if (i < 32 || i == VECTOR_END)
            idt[i] = UINT64_C(0xe500) << 32 | (CATCHERS + catcher(i)) * 8 << 16;
    idt[VECTOR_SWITCH] = UINT64_C(0xe500) << 32 | TASK_B * 8 << 16;
}

static void load_task(unsigned index)
{
    __asm__ volatile("ltr %w0" : : "r"(index * 8));
}

#endif
