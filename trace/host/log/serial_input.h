/* SPDX-License-Identifier: MIT */
/* A live serial port as input: raw bytes at the rate that the VMM sends. */
#ifndef TRACE_HOST_LOG_SERIAL_INPUT_H
#define TRACE_HOST_LOG_SERIAL_INPUT_H

#include <stdbool.h>
#include <termios.h>

struct serial_input {
    int fd;
    struct termios before; /* how the port was set, to leave it so */
};

/* Whether this rate (bits per second) is one that a port can be set to. */
bool serial_rate_known(unsigned long baud);

/*
 * Makes the terminal fd a raw line of 8 data bits, no parity, no flow control, modem lines ignored,
 * at `baud` bits per second. False with errno set where the terminal refuses (EINVAL: it cannot do that
 * rate), and where another program that locks ports, as this one, has it (EBUSY).
 */
bool serial_open(struct serial_input *serial, int fd, unsigned long baud);

/* Sets the port back to how serial_open() found it. */
void serial_close(const struct serial_input *serial);

#endif
