/* SPDX-License-Identifier: MIT */
/* The encoder of elements. */
#include "trace/wire_encoder.h"

#include "trace/exit_reasons.h"
#include "trace/wire.h"
#include "trace/wire_number.h"

enum {
    REPEATS_MAX = 6, /* the longest run item: a zero byte and a 32-bit number */
    ITEM_MAX = 1 + 2 + 5 + 8 * WIRE_NUMBER_MAX, /* the longest item, all bits set, with a new key */
};

void wire_begin(struct wire_encoder *encoder, uint8_t *frame, size_t capacity, uint32_t sequence,
                uint16_t vcpu, uint64_t first_record)
{
    uint8_t *p = frame + WIRE_HEADER;

    encoder->frame = frame;
    encoder->capacity = capacity < WIRE_FRAME_MAX ? capacity : WIRE_FRAME_MAX;
    encoder->used = 0;
    encoder->repeats = 0;
    encoder->model.keys = 0;
    encoder->empty = true;
    if (capacity < WIRE_FRAME_MIN)
        return;
    wire_put_fixed(p, sequence, WIRE_SEQUENCE);
    p = wire_put_number(p + WIRE_SEQUENCE, vcpu);
    p = wire_put_number(p, first_record);
    encoder->used = (size_t)(p - frame);
    for (size_t i = 0; i < sizeof(encoder->place); i++)
        encoder->place[i] = 0;
}

/* What identifies an element's key; the relation is left out, since the reason decides it. */
struct identity {
    uint64_t rip;
    uint32_t reason;
    uint8_t kind;
    uint8_t written;
};

/* Slot 0 of an exit is its reason and always there; other kinds have no reason and RIP. */
static struct identity identify(const struct trace_element *element)
{
    uint8_t kind = element->kind & (TRACE_KINDS - 1);
    bool is_exit = kind <= TRACE_EXIT_ONLY;

    return (struct identity){
        .rip = is_exit ? element->rip : 0,
        .reason = is_exit ? element->reason : 0,
        .kind = kind,
        .written = (element->written | is_exit) & WIRE_WRITTEN,
    };
}

/* Whether `place` holds the key of this identity. */
static bool place_fits(const struct wire_model *model, uint32_t place, const struct identity *id)
{
    const struct wire_key *key = &model->key[place];

    return place < wire_model_places(model) && key->rip == id->rip && key->reason == id->reason &&
           key->written == id->written && key->kind == id->kind;
}

/*
 * Where the place of this key is noted, or may be. Two candidates: a key that lost its note to
 * another one is only defined again, which costs bytes and not correctness.
 */
static uint8_t *note_of(struct wire_encoder *encoder, const struct identity *id)
{
    uint64_t mix = id->rip ^ (uint64_t)id->reason << 48 ^ (uint64_t)id->written << 40 ^
                   (uint64_t)id->kind << 46;
    unsigned hash = (unsigned)(mix * 0x9e3779b97f4a7c15u >> 55);
    uint8_t *first = &encoder->place[hash], *second = &encoder->place[hash ^ 1];

    _Static_assert(sizeof(encoder->place) == 512, "the hash has nine bits");
    if (place_fits(&encoder->model, *first, id))
        return first;
    if (place_fits(&encoder->model, *second, id) || !*second)
        return second;
    return !*first || encoder->model.keys & 1 ? first : second;
}

/* A slot's relation follows from its kind in the table of exit reasons. */
static uint8_t relation_of(const struct identity *id)
{
    static const uint8_t relation[] = {
        [SLOT_TSC] = RELATIVE_TO_EXIT,
        [SLOT_QUALIFICATION] = RELATIVE_TO_QUALIFICATION,
    };
    const struct exit_reason_row *row = exit_reason_row(id->reason);
    unsigned sum = 0;

    if (id->kind > TRACE_EXIT_ONLY)
        return 0;
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        sum |= (unsigned)relation[row->slot[i].kind] << 2 * (i - 1);
    return (uint8_t)sum;
}

/* Writes a key's definition at p and defines it. */
static uint8_t *put_definition(struct wire_model *model, const struct identity *id, uint8_t *p,
                               uint32_t *place)
{
    struct wire_key key = { .rip = id->rip,
                            .reason = id->reason,
                            .kind = id->kind,
                            .written = id->written,
                            .relation = relation_of(id) };

    *p++ = (uint8_t)(WIRE_NEW_KEY | key.kind << 5 | key.written);
    *p++ = key.relation;
    p = wire_put_number(p, key.reason);
    p = wire_put_difference(p, key.rip - model->rip);
    *place = wire_model_define(model, &key);
    return p;
}

/*
 * Finds or defines the key of an element. Sets ITEM_KEY in *item and writes the key at p unless it
 * is the expected one. Returns the place after what was written.
 */
static uint8_t *put_key(struct wire_encoder *encoder, const struct trace_element *element,
                        uint8_t *p, uint8_t *item, uint32_t *place)
{
    struct wire_model *model = &encoder->model;
    struct identity id = identify(element);

    *place = wire_model_next(model);
    if (place_fits(model, *place, &id))
        return p;
    *item |= ITEM_KEY;

    uint8_t *note = note_of(encoder, &id);

    if (place_fits(model, *note, &id)) {
        *place = *note;
        *p++ = (uint8_t)*place;
        return p;
    }
    p = put_definition(model, &id, p, place);
    *note = (uint8_t)*place;
    return p;
}

/* Writes a field's difference from its prediction, if any, and makes it the next prediction. */
static uint8_t *put_field(uint8_t *p, uint8_t *item, unsigned bit, uint64_t *predicted,
                          uint64_t value)
{
    if (value == *predicted)
        return p;
    *item = (uint8_t)(*item | bit);
    p = wire_put_difference(p, value - *predicted);
    *predicted = value;
    return p;
}

static uint8_t *put_values(uint8_t *p, uint8_t *item, struct wire_key *key,
                           const struct trace_element *element)
{
    bool is_exit = key->kind <= TRACE_EXIT_ONLY;
    uint64_t first = is_exit ? element->qualification : key->written & 1 ? element->slot[0] : 0;

    p = put_field(p, item, ITEM_VALUE, &key->value[0], first);
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (key->written >> i & 1)
            p = put_field(p, item, ITEM_VALUE << i, &key->value[i],
                          element->slot[i] - wire_reference(key, i, element->exit_tsc, first));
    return p;
}

/* Writes the run of elements that were as predicted. */
static void flush_repeats(struct wire_encoder *encoder)
{
    uint8_t *p = encoder->frame + encoder->used;

    if (!encoder->repeats)
        return;
    *p++ = 0;
    p = wire_put_number(p, encoder->repeats - 1);
    encoder->used = (size_t)(p - encoder->frame);
    encoder->repeats = 0;
}

/* The base TSC is the first element's stamp: it goes between head and items once that is known. */
static void put_base(struct wire_encoder *encoder, uint64_t tsc)
{
    wire_put_fixed(encoder->frame + encoder->used, tsc, WIRE_BASE);
    encoder->used += WIRE_BASE;
    encoder->empty = false;
    wire_model_begin(&encoder->model, tsc);
}

bool wire_add(struct wire_encoder *encoder, const struct trace_element *element)
{
    struct wire_model *model = &encoder->model;
    uint8_t item = 0;
    uint32_t place;

    if (encoder->used + WIRE_BASE + REPEATS_MAX + ITEM_MAX + WIRE_TRAILER > encoder->capacity ||
        !encoder->used || encoder->repeats == UINT32_MAX)
        return false;
    if (encoder->empty)
        put_base(encoder, element->exit_tsc);

    /* The item is written behind the run that would go before it; a repeat leaves it unused. */
    uint8_t scratch[ITEM_MAX];
    uint8_t *p = put_key(encoder, element, scratch, &item, &place);
    struct wire_key *key = &model->key[place];
    uint64_t gap = element->exit_tsc - model->tsc, predicted = wire_model_gap(model, place);
    uint64_t last = element->exit_tsc;

    p = put_field(p, &item, ITEM_GAP, &predicted, gap);
    if (key->kind == TRACE_EXIT_ENTRY) {
        last = element->entry_tsc;
        p = put_field(p, &item, ITEM_HANDLING, &key->handling, last - element->exit_tsc);
    }
    p = put_values(p, &item, key, element);
    wire_model_follow(model, place, gap, last);
    if (!item) {
        encoder->repeats++;
        return true;
    }
    flush_repeats(encoder);
    encoder->frame[encoder->used++] = item;
    for (const uint8_t *from = scratch; from < p; from++)
        encoder->frame[encoder->used++] = *from;
    return true;
}

size_t wire_finish(struct wire_encoder *encoder)
{
    if (encoder->empty)
        return 0;
    flush_repeats(encoder);

    size_t length = wire_close(encoder->frame, WIRE_TRACE, encoder->used - WIRE_HEADER);

    encoder->empty = true;
    encoder->used = 0;
    return length;
}
