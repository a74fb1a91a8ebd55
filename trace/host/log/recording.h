/* SPDX-License-Identifier: MIT */
/* A file that a live line is saved to. */
#ifndef TRACE_HOST_LOG_RECORDING_H
#define TRACE_HOST_LOG_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How the line of text begins that says where a recording came from. */
#define RECORDING_MARK "vexit record: "

enum recording_way {
    RECORDING_NEW,    /* the file must not be there yet, be it not a pipe or a device */
    RECORDING_FORCE,  /* it is overwritten */
    RECORDING_APPEND, /* what comes is added to it */
};

struct recording {
    int fd;
    const char *name;  /* for messages */
    uint64_t bytes;    /* taken so far */
    uint64_t on_disk;  /* of these, that a crash of the machine cannot take away */
    int64_t synced_ms; /* when that was seen to */
};

/* "-" is standard output. False with errno set (EEXIST: the file is there) where it cannot be written. */
bool recording_open(struct recording *recording, const char *path, enum recording_way way);

/* Writes a line of text that begins with RECORDING_MARK: where the bytes after it come from. */
bool recording_head(struct recording *recording, const char *line);

/*
 * Writes n bytes: the moment it returns they are the operating system's. Where the last time was a
 * second ago, brings all to the disk, too, so it should be called now and then even with no bytes.
 * False with errno set where they could not be written.
 */
bool recording_write(struct recording *recording, const void *bytes, size_t n);

/* Sees that all is on the disk. False with errno set. */
bool recording_close(struct recording *recording);

#endif
