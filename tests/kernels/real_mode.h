/* SPDX-License-Identifier: MIT */
/* Real mode and back, for the kernels that ask the BIOS. Included once. */
#ifndef TESTS_KERNELS_REAL_MODE_H
#define TESTS_KERNELS_REAL_MODE_H

#include "tests/kernels/kernel.h"

enum { REAL_CODE = 20, REAL_DATA = 21, REAL_BASE = 0x8000 };

/* At 0x600, where nobody is: registers to and from a call. */
struct real_registers {
    uint32_t eax, ebx, ecx, edx, esi, edi;
    uint16_t es, flags;
};

/* Memory at a fixed address, which the compiler takes for a null pointer's otherwise. */
static inline void *low(uint32_t address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}

#define real (*(volatile struct real_registers *)low(0x600))

void real_call(void);

/* INT 15h with the registers of `real`; runs at REAL_BASE, segment 0, on a stack below 0x7c00. */
__asm__(".text\n"
        "real_call:\n\t"
        "pusha\n\t"
        "mov %esp, real_stack\n\t"
        "ljmp $0xa0, $0x8000\n"
        "real_back:\n\t"
        "mov $0x10, %eax\n\t"
        "mov %eax, %ds\n\tmov %eax, %es\n\tmov %eax, %fs\n\tmov %eax, %gs\n\tmov %eax, %ss\n\t"
        "mov real_stack, %esp\n\t"
        "popa\n\t"
        "ret\n\t"
        ".code16\n"
        "real_code:\n\t"
        "mov $0xa8, %ax\n\t"
        "mov %ax, %ds\n\tmov %ax, %es\n\tmov %ax, %ss\n\t"
        "mov %cr0, %eax\n\tand $0xfe, %al\n\tmov %eax, %cr0\n\t"
        "ljmp $0, $(0x8000 + real_entered - real_code)\n"
        "real_entered:\n\t"
        "xor %ax, %ax\n\t"
        "mov %ax, %ds\n\tmov %ax, %ss\n\tmov $0x7c00, %sp\n\t"
        "lidtl 0x6f8\n\t"
        "mov 0x618, %es\n\t"
        "mov 0x600, %eax\n\tmov 0x604, %ebx\n\tmov 0x608, %ecx\n\t"
        "mov 0x60c, %edx\n\tmov 0x610, %esi\n\tmov 0x614, %edi\n\t"
        "int $0x15\n\t"
        "pushf\n\tpop %ds:0x61a\n\t"
        "mov %eax, 0x600\n\tmov %ebx, 0x604\n\tmov %ecx, 0x608\n\t"
        "mov %edx, 0x60c\n\tmov %esi, 0x610\n\tmov %edi, 0x614\n\t"
        "cli\n\t"
        "mov %cr0, %eax\n\tor $1, %al\n\tmov %eax, %cr0\n\t"
        "ljmpl $8, $real_back\n"
        "real_code_end:\n\t"
        ".code32\n\t"
        ".lcomm real_stack, 4");

extern const uint8_t real_code[], real_code_end[];

/* Behind set_tables(). */
static void real_init(void)
{
    gdt[REAL_CODE] = descriptor(0, 0xffff, 0x9b);
    gdt[REAL_DATA] = descriptor(0, 0xffff, 0x93);
    for (uint32_t i = 0; real_code + i < real_code_end; i++)
        ((uint8_t *)low(REAL_BASE))[i] = real_code[i];
    *(struct table_pointer *)low(0x6f8) = (struct table_pointer){ 0x3ff, 0 };
}

static void real_int15(void)
{
    real_call();
    load_tables();
}

#endif
