/* SPDX-License-Identifier: MIT */
/*
 * A socket as input, named as QEMU names what stands behind a serial port: unix:PATH or
 * tcp:HOST:PORT, and with ",server" at the end the side that waits for the other to connect.
 */
#ifndef TRACE_HOST_LOG_SOCKET_INPUT_H
#define TRACE_HOST_LOG_SOCKET_INPUT_H

#include <stdbool.h>

/* Whether this is the name of a socket. */
bool socket_is_name(const char *name);

/* Whether it is this side that waits for the other. */
bool socket_is_server(const char *name);

/*
 * Connects to the other side, or listens for it where this is the server. Waits two seconds for an
 * answer from the network. Returns a file descriptor, or -1 with errno set; EDESTADDRREQ: no socket can
 * have this name.
 */
int socket_open(const char *name);

/* What errno says of a name that could not be opened, in words. */
const char *socket_why(const char *name, int error);

#endif
