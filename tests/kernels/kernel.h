/* SPDX-License-Identifier: MIT */
/*
 * What the small Multiboot kernels share: 32-bit protected mode, flat, linked at 64 MiB, a console
 * on COM1, and instructions tried with the exception that they meet. Included once, by each kernel.
 */
#ifndef TESTS_KERNELS_KERNEL_H
#define TESTS_KERNELS_KERNEL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODE = 0x08, DATA = 0x10, GDT_ENTRIES = 64, TRAPS = 32, NO_TRAP = 0xff, COM1 = 0x3f8 };

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint32_t base;
};

/* In the order of PUSHA, from its last word up; the offsets are known to start.S. */
struct trial {
    uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint32_t vector, error_code, eip, flags; /* of the exception; vector NO_TRAP for none */
};

extern uint64_t gdt[GDT_ENTRIES], idt[256];
extern struct trial trial;
extern const uint32_t trap_stub[TRAPS];

/* Calls the code with the trial's registers; comes back at its RET or at an exception. */
void try_code(const void *code);

/* Called by start.S: EAX and EBX as the boot loader left them. */
void kernel_main(uint32_t magic, const uint32_t *information);

static inline void outb(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t read_cr(unsigned n)
{
    uint32_t value;

    switch (n) {
    case 0:
        __asm__ volatile("mov %%cr0, %0" : "=r"(value));
        break;
    case 2:
        __asm__ volatile("mov %%cr2, %0" : "=r"(value));
        break;
    case 3:
        __asm__ volatile("mov %%cr3, %0" : "=r"(value));
        break;
    default:
        __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    }
    return value;
}

/* All at once, paging off in between: so that no combination on the way is invalid. */
static inline void write_crs(uint32_t cr0, uint32_t cr3, uint32_t cr4)
{
    __asm__ volatile("mov %3, %%cr0\n\tmov %2, %%cr4\n\tmov %1, %%cr3\n\tmov %0, %%cr0"
                     :
                     : "r"(cr0), "r"(cr3), "r"(cr4), "r"(0x11)
                     : "memory");
}

/* 115200 bits a second, 8 bits, no parity. */
static void console_init(void)
{
    outb(COM1 + 3, 0x83);
    outb(COM1, 1);
    outb(COM1 + 1, 0);
    outb(COM1 + 3, 0x03);
    outb(COM1 + 2, 0x07); /* FIFOs on, and empty */
}

/*
 * A FIFO full at a time, and few polls in between: where every access exits, polling would be most
 * of what a run does.
 */
static void put(char c)
{
    static unsigned room;

    while (!room) {
        for (unsigned i = 0; i < 4000; i++)
            __asm__ volatile("");
        if (inb(COM1 + 5) & 0x20)
            room = 16;
    }
    room--;
    outb(COM1, (uint8_t)c);
}

static void put_hex(uint32_t value)
{
    int digits = 1;

    while (digits < 8 && value >> 4 * digits)
        digits++;
    while (digits-- > 0)
        put("0123456789abcdef"[value >> 4 * digits & 15]);
}

/* %s and %x, unsigned. */
static void print(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    for (; *fmt; fmt++) {
        if (*fmt == '\n')
            put('\r');
        if (*fmt != '%') {
            put(*fmt);
        } else if (*++fmt == 's') {
            for (const char *s = va_arg(ap, const char *); *s; s++)
                put(*s);
        } else {
            put_hex(va_arg(ap, uint32_t));
        }
    }
    va_end(ap);
}

static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t rights)
{
    return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 |
           (uint64_t)(rights & 0xf0ff) << 40 | (uint64_t)(limit & 0xf0000) << 32 |
           (uint64_t)(base >> 24) << 56;
}

static void load_tables(void)
{
    const struct table_pointer g = { sizeof(gdt) - 1, (uint32_t)gdt };
    const struct table_pointer i = { 256 * 8 - 1, (uint32_t)idt };

    __asm__ volatile("lgdt %0\n\tlidt %1" : : "m"(g), "m"(i));
}

static void set_tables(void)
{
    gdt[CODE / 8] = descriptor(0, 0xfffff, 0xc09b);
    gdt[DATA / 8] = descriptor(0, 0xfffff, 0xc093);
    for (unsigned i = 0; i < TRAPS; i++)
        idt[i] = (trap_stub[i] & 0xffff) | CODE << 16 | UINT64_C(0x8e00) << 32 |
                 (uint64_t)(trap_stub[i] & 0xffff0000) << 32;
    load_tables();
    __asm__ volatile("ljmp %0, $1f\n1:\n\tmov %1, %%ds\n\tmov %1, %%es\n\tmov %1, %%fs\n\t"
                     "mov %1, %%gs\n\tmov %1, %%ss"
                     :
                     : "i"(CODE), "r"(DATA));
}

static bool under_vexit(void)
{
    uint32_t a = 0x40000000, b, c, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return b == 0x69786576 && c == 0x78657674;
}

/* Ends the run: by the service, or the emulator's port. */
static void stop(uint32_t status)
{
    print("guest stopped\n");
    while (!(inb(COM1 + 5) & 0x40)) /* the machine's end would take what is not sent yet */
        ;
    if (under_vexit())
        __asm__ volatile("vmcall" : : "a"(0x76780004), "b"(status));
    for (const char *s = "Shutdown"; *s; s++)
        outb(0x8900, (uint8_t)*s);
    for (;;)
        __asm__ volatile("cli; hlt");
}

#endif
