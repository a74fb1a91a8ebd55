/* SPDX-License-Identifier: MIT */
/*
 * COM1 by polling. Bytes go out in bursts of the UART's FIFO, and before the line status is read
 * the time that a burst takes is spent in a loop without I/O: so the number of reads, and with it
 * the number of VM exits, does not depend on how fast the machine or the VMM is.
 */
#include "guest/console.h"

#include <stddef.h>
#include <stdint.h>

#include "vmm/format.h"
#include "vmx/x86.h"

enum { COM1 = 0x3f8, FIFO_BYTES = 16 };

/* National Semiconductor, "PC16550D", "Registers". */
enum {
    UART_DATA = COM1,
    UART_DIVISOR_LOW = COM1,
    UART_DIVISOR_HIGH = COM1 + 1,
    UART_INTERRUPTS = COM1 + 1,
    UART_FIFO = COM1 + 2,
    UART_LINE = COM1 + 3,
    UART_MODEM = COM1 + 4,
    UART_STATUS = COM1 + 5,

    LINE_8N1 = 0x03,
    LINE_DIVISOR = 0x80,
    FIFO_ENABLE_AND_CLEAR = 0x07,
    MODEM_DTR_RTS = 0x03,
    STATUS_FIFO_EMPTY = 0x20,
    STATUS_IDLE = 0x40,
};

/* A byte takes 87 us: 4340 instructions where a machine does 50 million a second. */
enum { LOOPS_PER_BYTE = 2600 };

static char line[256];
static unsigned burst; /* bytes written since the last wait */

static void spin(unsigned loops)
{
    __asm__ volatile("1: dec %0; jnz 1b" : "+r"(loops) : : "cc");
}

static void wait_for(uint8_t status)
{
    spin((burst + 1) * LOOPS_PER_BYTE);
    while (!(inb(UART_STATUS) & status))
        spin(LOOPS_PER_BYTE);
    burst = 0;
}

static void put(char c)
{
    if (burst == FIFO_BYTES)
        wait_for(STATUS_FIFO_EMPTY);
    outb(UART_DATA, (uint8_t)c);
    burst++;
}

void console_init(void)
{
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE, LINE_DIVISOR);
    outb(UART_DIVISOR_LOW, 1);
    outb(UART_DIVISOR_HIGH, 0);
    outb(UART_LINE, LINE_8N1);
    outb(UART_FIFO, FIFO_ENABLE_AND_CLEAR);
    outb(UART_MODEM, MODEM_DTR_RTS);
}

void console_vline(const char *prefix, const char *fmt, va_list ap)
{
    size_t n = format(line, sizeof(line), "%s", prefix);

    vformat(line + n, sizeof(line) - n, fmt, ap);
    for (const char *s = line; *s; s++)
        put(*s);
    put('\r');
    put('\n');
}

void console_line(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    console_vline("", fmt, ap);
    va_end(ap);
}

void console_flush(void)
{
    wait_for(STATUS_IDLE);
}
