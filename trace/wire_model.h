/* SPDX-License-Identifier: MIT */
/*
 * What encoder and decoder both know while they go through a frame, and predict the next element
 * from: for each combination of kind, reason, RIP and written slots (a key) the values seen last,
 * and the key that followed it last. An element costs one byte that says where it differs from the
 * prediction, and the differences.
 *
 * What is done for each element is inline.
 */
#ifndef TRACE_WIRE_MODEL_H
#define TRACE_WIRE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/record.h"

enum { WIRE_KEYS = 128 }; /* keys that a frame remembers */

/* The bits of an item's first byte: what differs from the prediction. None: a run of repeats. */
enum {
    ITEM_KEY = 1 << 0,
    ITEM_GAP = 1 << 1,
    ITEM_HANDLING = 1 << 2,
    ITEM_VALUE = 1 << 3, /* and the four bits above: values 0-4 */
};

/* A key byte is the key's place, or announces a definition: kind and written slots in the rest. */
enum { WIRE_NEW_KEY = 0x80, WIRE_WRITTEN = (1 << TRACE_SLOTS) - 1 };

/* What a slot is relative to, in struct wire_key's relation. */
enum wire_relation { RELATIVE_TO_NOTHING, RELATIVE_TO_EXIT, RELATIVE_TO_QUALIFICATION };

/*
 * A combination of kind, reason, RIP and written slots, and what encoder and decoder both know
 * about it: the values seen last, which are the prediction for the next time.
 */
struct wire_key {
    uint64_t rip;
    uint32_t reason;
    uint8_t kind;      /* enum trace_kind */
    uint8_t written;   /* as in struct trace_element */
    uint8_t relation;  /* two bits for each of slots 1-4: what the slot is relative to */
    uint8_t next;      /* the key that came after this one the last time */
    uint64_t next_gap; /* ticks from this key's last stamp to the exit after it, the last time */
    uint64_t gap;      /* ticks from the stamp before to this key's exit */
    uint64_t handling; /* ticks from exit to entry */
    uint64_t value[TRACE_SLOTS]; /* qualification (marker, lost: slot 0), then slots 1-4 */
};

struct wire_model {
    struct wire_key key[WIRE_KEYS];
    uint32_t keys;     /* keys defined so far in this frame; key n lives in place n % WIRE_KEYS */
    uint32_t previous; /* the place of the element before */
    uint64_t tsc;      /* the last stamp of the element before */
    uint64_t rip;      /* its RIP */
};

static inline void wire_model_begin(struct wire_model *model, uint64_t base_tsc)
{
    model->keys = 0;
    model->previous = 0;
    model->tsc = base_tsc;
    model->rip = 0;
}

/* How many places hold keys. */
static inline uint32_t wire_model_places(const struct wire_model *model)
{
    return model->keys < WIRE_KEYS ? model->keys : WIRE_KEYS;
}

/* The key that is expected next: the one that came after the previous element's key last time. */
static inline uint32_t wire_model_next(const struct wire_model *model)
{
    return model->keys ? model->key[model->previous].next : WIRE_KEYS;
}

/*
 * Defines a key in the next place, over the oldest one when all are taken. Its values are those of the
 * newest key of the same kind and reason, 0 where there is none. Returns the place.
 */
uint32_t wire_model_define(struct wire_model *model, const struct wire_key *definition);

/*
 * The gap before the exit of the key in `place`: what followed the previous element last time if
 * that was this key, else what this key had last time.
 */
static inline uint64_t wire_model_gap(const struct wire_model *model, uint32_t place)
{
    const struct wire_key *previous = &model->key[model->previous];

    return previous->next == place ? previous->next_gap : model->key[place].gap;
}

/* Remembers an element: which key it had, the gap before it, its last stamp. */
static inline void wire_model_follow(struct wire_model *model, uint32_t place, uint64_t gap,
                                     uint64_t tsc)
{
    struct wire_key *previous = &model->key[model->previous];

    previous->next = (uint8_t)place;
    previous->next_gap = gap;
    model->key[place].gap = gap;
    model->previous = place;
    model->tsc = tsc;
    model->rip = model->key[place].rip;
}

/* What slot i (1-4) of an element is relative to. */
static inline uint64_t wire_reference(const struct wire_key *key, unsigned i, uint64_t exit_tsc,
                                      uint64_t qualification)
{
    switch (key->relation >> 2 * (i - 1) & 3) {
    case RELATIVE_TO_EXIT:
        return exit_tsc;
    case RELATIVE_TO_QUALIFICATION:
        return qualification;
    default:
        return 0;
    }
}

#endif
