/* SPDX-License-Identifier: MIT */
/* Prints the places where two logs differ, with what stands before and after them. */
#ifndef TRACE_HOST_DIFF_PLACES_H
#define TRACE_HOST_DIFF_PLACES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/diff/align.h"
#include "trace/host/diff/side.h"
#include "trace/host/show/output.h"

enum {
    PLACES_CONTEXT_MAX = ALIGN_BEHIND / 2, /* exits before and after a place that can be shown */
    PLACES_SHOWN = 12, /* exits of either log that are shown in one difference, the first ones */
};

struct places {
    struct side *side[2];
    struct output *output; /* NULL: nothing is printed */
    unsigned context;      /* exits before and after */
    uint64_t limit;        /* how many places are printed */
    unsigned vcpu;
    /* Of all vCPUs so far: */
    uint64_t places, same, only[2];
    /* The place at hand: */
    bool touching;      /* nothing equal came since the last difference */
    bool open;          /* printed, and what follows may belong to it */
    uint64_t shown[2];  /* of this difference */
    uint64_t hidden[2]; /* of this difference, not shown */
    uint64_t after;     /* exits that still follow */
};

/* What align() calls; the context is a struct places. */
void places_same(void *context, uint64_t a, uint64_t b, uint64_t n);
void places_differ(void *context, uint64_t a, uint64_t na, uint64_t b, uint64_t nb);

/* Ends a vCPU's sequence. */
void places_close(struct places *places);

#endif
