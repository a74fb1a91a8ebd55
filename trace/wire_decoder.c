/* SPDX-License-Identifier: MIT */
/* The decoder of elements. Believes nothing: a frame with a good checksum may be anyone's. */
#include "trace/wire_decoder.h"

#include "trace/wire_number.h"

void wire_read_begin(struct wire_decoder *decoder, const struct wire_frame *frame)
{
    wire_model_begin(&decoder->model, frame->base_tsc);
    decoder->at = frame->payload;
    decoder->end = frame->payload + frame->payload_length;
    decoder->repeats = 0;
    decoder->vcpu = frame->vcpu;
}

/* Reads a key byte, and a definition if it announces one. NULL: malformed. */
static const uint8_t *get_key(struct wire_model *model, const uint8_t *p, const uint8_t *end,
                              uint32_t *place)
{
    if (p == end)
        return NULL;

    uint8_t byte = *p++;

    if (!(byte & WIRE_NEW_KEY)) {
        *place = byte;
        return byte < wire_model_places(model) ? p : NULL;
    }
    if (p == end)
        return NULL;

    struct wire_key key = { .kind = byte >> 5 & 3,
                            .written = byte & WIRE_WRITTEN,
                            .relation = *p++ };
    uint64_t reason, difference;

    p = wire_get_number(p, end, &reason);
    if (!p || reason > UINT32_MAX)
        return NULL;
    p = wire_get_difference(p, end, &difference);
    if (!p)
        return NULL;
    key.reason = (uint32_t)reason;
    key.rip = model->rip + difference;
    *place = wire_model_define(model, &key);
    return p;
}

/* The field that a bit of an item's mask stands for. */
static uint64_t *field_of(struct wire_key *key, unsigned bit, uint64_t *gap)
{
    if (bit == ITEM_GAP)
        return gap;
    if (bit == ITEM_HANDLING)
        return &key->handling;
    return &key->value[__builtin_ctz(bit / ITEM_VALUE)];
}

/* Brings the predictions of the fields in `item` up to date. NULL: malformed. */
static const uint8_t *get_fields(struct wire_key *key, const uint8_t *p, const uint8_t *end,
                                 uint8_t item, uint64_t *gap)
{
    for (unsigned left = item & ~(unsigned)ITEM_KEY; left; left &= left - 1) {
        uint64_t *field = field_of(key, left & -left, gap);
        uint64_t difference;

        p = wire_get_difference(p, end, &difference);
        if (!p)
            return NULL;
        *field += difference;
    }
    return p;
}

/* The value of slot i (1-4); 0 where it was not written. */
static uint64_t slot_of(const struct wire_key *key, unsigned i, uint64_t exit_tsc)
{
    if (!(key->written >> i & 1))
        return 0;
    return key->value[i] + wire_reference(key, i, exit_tsc, key->value[0]);
}

/* Makes the element that the model now predicts for the key in `place`. */
static void fill(struct wire_decoder *decoder, uint32_t place, uint64_t gap,
                 struct trace_element *element)
{
    struct wire_model *model = &decoder->model;
    const struct wire_key *key = &model->key[place];
    uint64_t last = model->tsc + gap;

    element->exit_tsc = last;
    element->reason = key->reason;
    element->written = key->written;
    element->kind = key->kind;
    element->vcpu = decoder->vcpu;
    element->rip = key->rip;
    element->entry_tsc = 0;
    if (key->kind == TRACE_EXIT_ENTRY)
        element->entry_tsc = last += key->handling;
    if (key->kind <= TRACE_EXIT_ONLY) {
        element->qualification = key->value[0];
        element->slot[0] = key->reason;
    } else {
        element->qualification = 0;
        element->slot[0] = key->value[0];
    }
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        element->slot[i] = slot_of(key, i, element->exit_tsc);
    wire_model_follow(model, place, gap, last);
}

/* Reads the next item's first byte and key. */
static const uint8_t *get_item(struct wire_decoder *decoder, uint8_t *item, uint32_t *place)
{
    const uint8_t *p = decoder->at;
    uint64_t repeats;

    *item = *p++;
    *place = wire_model_next(&decoder->model);
    if (*item & ITEM_KEY)
        return get_key(&decoder->model, p, decoder->end, place);
    if (*place == WIRE_KEYS)
        return NULL;
    if (*item)
        return p;
    p = wire_get_number(p, decoder->end, &repeats);
    if (!p || repeats >= UINT32_MAX)
        return NULL;
    decoder->repeats = (uint32_t)repeats;
    return p;
}

enum wire_read wire_read(struct wire_decoder *decoder, struct trace_element *element)
{
    struct wire_model *model = &decoder->model;
    uint32_t place;
    uint8_t item;

    if (decoder->repeats) {
        decoder->repeats--;
        place = wire_model_next(model);
        fill(decoder, place, model->key[model->previous].next_gap, element);
        return WIRE_ELEMENT;
    }
    if (decoder->at == decoder->end)
        return WIRE_DONE;

    const uint8_t *p = get_item(decoder, &item, &place);
    uint64_t gap = p ? wire_model_gap(model, place) : 0;

    if (p)
        p = get_fields(&model->key[place], p, decoder->end, item, &gap);
    if (!p) {
        decoder->at = decoder->end;
        return WIRE_BROKEN;
    }
    decoder->at = p;
    fill(decoder, place, gap, element);
    return WIRE_ELEMENT;
}
