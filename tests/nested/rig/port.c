/* SPDX-License-Identifier: MIT */
/* A Linux program without libc: writes its standard input to an I/O port, `port 0xNUMBER`. */
#include <stddef.h>
#include <stdint.h>

enum { SYSTEM_READ = 0, SYSTEM_EXIT = 60, SYSTEM_IOPL = 172, STANDARD_INPUT = 0 };

void _start(void);
void port_main(const uint64_t *stack) __attribute__((noreturn));

static long system_call(long number, long a, long b, long c)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

static uint16_t parse_port(const char *hex)
{
    unsigned value = 0;

    for (hex += 2; *hex; hex++)
        value = value << 4 | (unsigned)(*hex <= '9' ? *hex - '0' : (*hex | 0x20) - 'a' + 10);
    return (uint16_t)value;
}

/* The stack at the start: argc, argv[0], argv[1]. */
void port_main(const uint64_t *stack)
{
    static char buffer[1 << 16];
    uint16_t port;
    long n = 0;

    if (stack[0] != 2 || system_call(SYSTEM_IOPL, 3, 0, 0) < 0)
        system_call(SYSTEM_EXIT, 1, 0, 0);
    port = parse_port((const char *)stack[2]);
    while ((n = system_call(SYSTEM_READ, STANDARD_INPUT, (long)buffer, sizeof(buffer))) > 0) {
        const char *from = buffer;

        __asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(port) : "memory");
    }
    system_call(SYSTEM_EXIT, n < 0, 0, 0);
    __builtin_unreachable();
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\nand $-16, %rsp\ncall port_main");
