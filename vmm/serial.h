/* SPDX-License-Identifier: MIT */
/* The 16550 UART and the emulators' debug console, as ports that take bytes. */
#ifndef VMM_SERIAL_H
#define VMM_SERIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERIAL_FIFO = 16 }; /* bytes that a UART takes at once */

enum serial_kind { SERIAL_UART, SERIAL_DEBUG_CONSOLE, SERIAL_NONE };

struct serial {
    uint16_t port;
    enum serial_kind kind;
};

/* The PC's four standard UARTs, COM1 first. */
extern const uint16_t serial_standard_port[4];

/* How many I/O ports it occupies from `port` on; 0 for SERIAL_NONE, which no function below takes. */
uint16_t serial_ports(const struct serial *serial);

/* Whether a 16550 (or better) answers at the port: its scratch register keeps what is written. */
bool serial_present(uint16_t port);

/* Sets 8N1 at the rate (bits per second, a divisor of 115200), FIFOs on, interrupts off. */
void serial_init(const struct serial *serial, uint32_t baud);

/* Hands over as many of n bytes as the device takes without waiting; returns how many. */
size_t serial_offer(const struct serial *serial, const uint8_t *bytes, size_t n);

/* Waits until every byte has been taken. */
void serial_write(const struct serial *serial, const void *bytes, size_t n);

/* Waits until the last byte has left the shift register, so that the machine may be switched off. */
void serial_flush(const struct serial *serial);

#endif
