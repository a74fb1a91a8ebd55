/* SPDX-License-Identifier: MIT */
/*
 * One of the two logs that are compared: a thread reads it and hands over what is to be aligned, so
 * that both logs come at the pace of the comparison and none is held in memory.
 */
#ifndef TRACE_HOST_DIFF_SIDE_H
#define TRACE_HOST_DIFF_SIDE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace/host/diff/align.h"
#include "trace/host/diff/equality.h"
#include "trace/host/log/log_command.h"

enum { SIDE_BATCHES = 4, SIDE_VCPUS = UINT16_MAX + 1 };

/* Counts of all exits of a reason, whether they are compared or not. */
struct side_reason {
    uint64_t count, timed, ticks;
};

struct side {
    const char *name;
    struct log_options log;
    bool decoded; /* the file is what decode printed */
    const struct equality *equality;
    struct align_side align;
    struct trace_element *element; /* ring of the elements that the tokens stand for */

    /* What the whole log says: gathered when it is read the first time, good after side_end(). */
    bool counted;
    bool seen[SIDE_VCPUS]; /* vCPUs that have records, */
    unsigned vcpus;        /* all below this one */
    struct side_reason reason[SCHEMA_ROWS + 1];
    uint64_t exits, passed_over, lost;
    uint64_t tsc_hz; /* 0: not known */
    bool has_end;
    uint32_t end_status;
    char verdict[512]; /* what is missing, of the last run that misses something */
    int status;        /* of reading: commands.h */

    /* The thread, and what it hands over. */
    pthread_t thread;
    unsigned vcpu; /* whose records are handed over */
    struct output *output;
    struct schema schema;
    struct equality_rows rows;
    pthread_mutex_t lock; /* guards what follows, and the schema */
    pthread_cond_t changed;
    bool done;
    uint64_t given, taken; /* batches */
    struct side_batch {
        unsigned n;
        uint64_t token[ALIGN_BATCH];
        struct trace_element element[ALIGN_BATCH];
    } batch[SIDE_BATCHES];
};

/* A side for a log. NULL without memory. */
struct side *side_new(const char *path, unsigned long baud, const struct equality *equality);

/* Starts to read the log for the records of a vCPU. False without memory. */
bool side_begin(struct side *side, unsigned vcpu);

/* Takes what is left and waits for the end of the log. */
void side_end(struct side *side);

/* The element of a token that is still in the ring. */
static inline const struct trace_element *side_element(const struct side *side, uint64_t n)
{
    return &side->element[n % ALIGN_WINDOW];
}

void side_free(struct side *side);

#endif
