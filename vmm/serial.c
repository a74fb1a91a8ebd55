/* SPDX-License-Identifier: MIT */
/* The 16550 UART and the emulators' debug console. */
#include "vmm/serial.h"

#include "vmx/x86.h"

enum uart_register {
    UART_DATA = 0,
    UART_INTERRUPT_ENABLE = 1,
    UART_FIFO_CONTROL = 2,
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
    UART_SCRATCH = 7,
};

enum {
    LINE_CONTROL_8N1 = 0x03,
    LINE_CONTROL_DIVISOR = 0x80,
    FIFO_ENABLE_CLEAR = 0x07,
    MODEM_DTR_RTS = 0x03,
    STATUS_TRANSMIT_HOLDING_EMPTY = 0x20,
    STATUS_TRANSMITTER_EMPTY = 0x40,
    UART_PORTS = 8,
    DEBUG_CONSOLE_BURST = 256,
    UART_CLOCK = 115200,
};

const uint16_t serial_standard_port[4] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

uint16_t serial_ports(const struct serial *serial)
{
    if (serial->kind == SERIAL_NONE)
        return 0;
    return serial->kind == SERIAL_UART ? UART_PORTS : 1;
}

bool serial_present(uint16_t port)
{
    outb((uint16_t)(port + UART_SCRATCH), 0x5a);
    if (inb((uint16_t)(port + UART_SCRATCH)) != 0x5a)
        return false;
    outb((uint16_t)(port + UART_SCRATCH), 0xa5);
    return inb((uint16_t)(port + UART_SCRATCH)) == 0xa5;
}

void serial_init(const struct serial *serial, uint32_t baud)
{
    uint16_t port = serial->port;
    uint32_t divisor = UART_CLOCK / baud;

    if (serial->kind == SERIAL_DEBUG_CONSOLE)
        return;
    outb((uint16_t)(port + UART_INTERRUPT_ENABLE), 0);
    outb((uint16_t)(port + UART_LINE_CONTROL), LINE_CONTROL_8N1 | LINE_CONTROL_DIVISOR);
    outb((uint16_t)(port + UART_DATA), (uint8_t)divisor);
    outb((uint16_t)(port + UART_INTERRUPT_ENABLE), (uint8_t)(divisor >> 8));
    outb((uint16_t)(port + UART_LINE_CONTROL), LINE_CONTROL_8N1);
    outb((uint16_t)(port + UART_FIFO_CONTROL), FIFO_ENABLE_CLEAR);
    outb((uint16_t)(port + UART_MODEM_CONTROL), MODEM_DTR_RTS);
}

size_t serial_offer(const struct serial *serial, const uint8_t *bytes, size_t n)
{
    size_t room = SERIAL_FIFO;

    if (serial->kind == SERIAL_DEBUG_CONSOLE)
        room = DEBUG_CONSOLE_BURST;
    else if (!(inb((uint16_t)(serial->port + UART_LINE_STATUS)) & STATUS_TRANSMIT_HOLDING_EMPTY))
        return 0;
    if (n > room)
        n = room;
    for (size_t i = 0; i < n; i++)
        outb(serial->port, bytes[i]);
    return n;
}

void serial_write(const struct serial *serial, const void *bytes, size_t n)
{
    const uint8_t *next = bytes;

    while (n) {
        size_t taken = serial_offer(serial, next, n);

        next += taken;
        n -= taken;
    }
}

void serial_flush(const struct serial *serial)
{
    if (serial->kind == SERIAL_DEBUG_CONSOLE)
        return;
    while (!(inb((uint16_t)(serial->port + UART_LINE_STATUS)) & STATUS_TRANSMITTER_EMPTY))
        ;
}
