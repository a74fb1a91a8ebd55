/* SPDX-License-Identifier: MIT */
/* Which of many streams has the earliest record: the streams of a trace's CPUs in the order of time. */
#ifndef TRACE_HOST_IMPORT_MERGE_H
#define TRACE_HOST_IMPORT_MERGE_H

#include <stdbool.h>
#include <stdint.h>

enum { MERGE_STREAMS = 1024 };

/* A heap: none is earlier than the one at half its place. Of equal times the lower number is first. */
struct merge {
    unsigned used;
    struct merge_stream {
        uint64_t time;
        unsigned number;
    } stream[MERGE_STREAMS];
};

/* Adds a stream, whose first record has this time. */
void merge_add(struct merge *merge, unsigned number, uint64_t time);

/* The stream with the earliest record. False: there is none left. */
bool merge_first(const struct merge *merge, unsigned *number);

/* That stream goes on: its next record has this time. */
void merge_next(struct merge *merge, uint64_t time);

/* That stream is over. */
void merge_drop(struct merge *merge);

#endif
