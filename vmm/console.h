/* SPDX-License-Identifier: MIT */
/* Where the VMM's own words go: until the guest starts, every serial port found and the VGA text screen. */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <stddef.h>

#include "vmm/serial.h"

/* Finds the standard serial ports, sets each to 115200 8N1 and writes to all of them. */
void console_init(void);

/* Whether the standard port was found by console_init. */
bool console_found(uint16_t port);

/*
 * From now on text goes to this port alone: the others, and the screen, are the guest's.
 * The port itself must have been set up by serial_init.
 */
void console_claim(const struct serial *serial);

/* Waits until the last character has left the ports, so that the machine may be switched off. */
void console_flush(void);

/* Writes one formatted line or part of one (240 bytes at most), waiting for the devices. */
void print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
