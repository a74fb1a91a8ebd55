/* SPDX-License-Identifier: MIT */
/* How much memory the reading of a trace takes. */
#ifndef TRACE_HOST_IMPORT_READING_H
#define TRACE_HOST_IMPORT_READING_H

#include <stddef.h>
#include <stdint.h>

enum {
    READING_LEAST = 1 << 20,      /* bytes to be read in between: mapping them again takes time */
    READING_HELD = 16 << 20,      /* bytes that are read before those read are given back */
    READING_AROUND = 64 << 10,    /* bytes around what is read that the kernel maps with it */
    READING_EXPANDED = 512 << 20, /* bytes that compressed parts may be at a time */
};

/*
 * A trace is mapped into memory, where what was read of it stays until it is given back. That may be
 * done at any time: what is read again comes back.
 */
struct reading {
    void (*give_back)(void *context); /* all that was read; NULL: it stays */
    void *context;
    uint64_t held;     /* bytes that were mapped since */
    uint64_t read;     /* bytes that were read of them */
    uint64_t expanded; /* bytes of parts that were compressed and are held now */
};

/* Tells that n bytes of the trace are read now. */
static inline void reading_count(struct reading *reading, uint64_t n)
{
    reading->held += n;
    reading->read += n;
    if (reading->held < READING_HELD || reading->read < READING_LEAST || !reading->give_back)
        return;
    reading->give_back(reading->context);
    reading->held = reading->read = 0;
}

/* Bytes that the kernel maps where reading goes on n bytes further on. */
static inline uint64_t reading_around(uint64_t n)
{
    return n < READING_AROUND ? n : READING_AROUND;
}

#endif
