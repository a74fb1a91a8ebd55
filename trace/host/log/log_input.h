/* SPDX-License-Identifier: MIT */
/*
 * Where a log's bytes come from: a file, a pipe, standard input ("-"), a live serial port, a socket
 * (socket_input.h), or the memory of the machine (memory_input.h).
 */
#ifndef TRACE_HOST_LOG_LOG_INPUT_H
#define TRACE_HOST_LOG_LOG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/log/memory_input.h"
#include "trace/host/log/serial_input.h"

/* A live line that is silent for so long after the END record is done. */
enum { LOG_QUIET_MS = 1000 };

struct log_input {
    const char *name; /* for messages */
    int fd;           /* -1: nobody has connected yet */
    int listener;     /* of a socket that waits for the other side; else -1 */
    bool live;        /* a serial port or a socket: it may go on after a run, and may fall silent */
    bool port;        /* a serial port */
    bool file;        /* a regular file */
    uint64_t size;    /* of a regular file, when it was opened */
    struct serial_input serial;  /* where it is a port */
    struct memory_input *memory; /* where it is an image of memory, else NULL */
};

/*
 * Opens a path, "-" for standard input, or a socket. A terminal is set up as a serial port of `baud`
 * bits per second. False with errno set where that fails or the path is not readable as a stream.
 * For anything but a regular file SIGINT, SIGTERM and SIGHUP now end reading instead of the program.
 */
bool log_input_open(struct log_input *input, const char *path, unsigned long baud);

/* What errno says of a path that could not be opened or read, in words. */
const char *log_input_why(const char *path, int error);

/* Opens an image of the machine's memory instead. False as memory_input_open() has it. */
bool log_input_open_memory(struct log_input *input, const char *path,
                           const struct memory_options *options, char why[MEMORY_WHY]);

/*
 * Takes the other side's connection, waiting up to patience_ms (-1: as long as it takes), where it
 * is a socket that waits for one. True: connected, now or before.
 */
bool log_input_connect(struct log_input *input, int patience_ms);

/* Whether reading would return at once. Always so at the end and for files. */
bool log_input_ready(const struct log_input *input);

/*
 * Reads up to n bytes, waiting for the first of them at most patience_ms (-1: as long as it takes).
 * Returns their number, 0 at the end or when patience or the user ended it, or -1 with errno set.
 */
long log_input_read(struct log_input *input, void *bytes, size_t n, int patience_ms);

/* Whether SIGINT, SIGTERM or SIGHUP came. */
bool log_input_interrupted(void);

/* Lets SIGINT, SIGTERM and SIGHUP end reading, once, instead of the program. */
void log_input_end_on_interrupt(void);

/*
 * Whether `file` is the regular file that reading `path` ("-": standard input) reads: writing to it
 * would destroy what is read.
 */
bool log_input_is_file(const char *path, const char *file);

/* A serial port is set back to how it was. */
void log_input_close(struct log_input *input);

#endif
