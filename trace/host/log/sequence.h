/* SPDX-License-Identifier: MIT */
/* Sequence numbers of frames or lines: which are missing, came late, or came twice. */
#ifndef TRACE_HOST_LOG_SEQUENCE_H
#define TRACE_HOST_LOG_SEQUENCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SEQUENCE_RANGES = 64,  /* gaps remembered, to recognise what comes late */
    SEQUENCE_RECENT = 256, /* numbers remembered with their checksums, to recognise duplicates */
};

struct sequence {
    unsigned bits;     /* how wide the number on the wire is: it wraps */
    uint64_t expected; /* the next number, not wrapped */
    unsigned ranges;
    struct sequence_range {
        uint64_t first, last;
    } range[SEQUENCE_RANGES]; /* gaps, the oldest first; more than fit are only counted */
    struct {
        uint64_t number;
        uint32_t checksum;
    } recent[SEQUENCE_RECENT];
    uint64_t seen; /* how many places of `recent` were written, ever */
};

enum sequence_result {
    SEQUENCE_NEXT,    /* the expected one */
    SEQUENCE_GAP,     /* some before it are missing: `gap` says which */
    SEQUENCE_LATE,    /* one that was missing until now */
    SEQUENCE_TWICE,   /* the same once more */
    SEQUENCE_FOREIGN, /* an old number on something new: it belongs to another run */
};

/* Starts a run at number 0. bits: 32 for frames, 8 for lines. */
void sequence_begin(struct sequence *sequence, unsigned bits);

/*
 * Takes the number that the wire shows, and a checksum of what carries it. SEQUENCE_FOREIGN takes
 * nothing. With 8 bits an old number means that 128 or more are missing, so it is a GAP there.
 */
enum sequence_result sequence_take(struct sequence *sequence, uint32_t number, uint32_t checksum,
                                   struct sequence_range *gap);

#endif
