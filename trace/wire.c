/* SPDX-License-Identifier: MIT */
/*
 * The frame codec. Encoder and decoder run the same model: for each combination of kind, reason,
 * RIP and written slots (a key) the values seen last, and the key that followed it last. An element
 * costs one byte that says where it differs from the prediction, and the differences.
 */
#include "trace/wire.h"

#include "trace/crc32c.h"
#include "trace/exit_reasons.h"

/* The bits of an item's first byte: what differs from the prediction. None: a run of repeats. */
enum {
    ITEM_KEY = 1 << 0,
    ITEM_GAP = 1 << 1,
    ITEM_HANDLING = 1 << 2,
    ITEM_VALUE = 1 << 3, /* and the four bits above: values 0-4 */
};

/* What a slot is relative to, in struct wire_key's relation. */
enum { RELATIVE_TO_NOTHING, RELATIVE_TO_EXIT, RELATIVE_TO_QUALIFICATION, RELATIONS };

enum {
    NEW_KEY = 0x80,  /* in a key byte: a definition follows */
    TRAILER = 4,     /* bytes of the CRC at a frame's end */
    BASE = 8,        /* bytes of the base TSC */
    REPEATS_MAX = 6, /* the longest run item: a zero byte and a 32-bit number */
    ITEM_MAX = 1 + 2 + 5 + 8 * WIRE_NUMBER_MAX, /* the longest item, all bits set, with a new key */
    WRITTEN = (1 << TRACE_SLOTS) - 1,
};

uint8_t *wire_put_number(uint8_t *p, uint64_t value)
{
    while (value >= 0x80) {
        *p++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *p++ = (uint8_t)value;
    return p;
}

const uint8_t *wire_get_number(const uint8_t *p, const uint8_t *end, uint64_t *value)
{
    uint64_t sum = 0;

    for (unsigned shift = 0; p < end && shift < 70; shift += 7) {
        uint8_t byte = *p++;

        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = sum;
            return shift == 63 && byte > 1 ? NULL : p;
        }
    }
    return NULL;
}

/* Modulo 2^64; the sign goes to bit 0, so that small differences of both signs are short. */
static uint8_t *put_difference(uint8_t *p, uint64_t difference)
{
    return wire_put_number(p, difference << 1 ^ -(difference >> 63));
}

static const uint8_t *get_difference(const uint8_t *p, const uint8_t *end, uint64_t *difference)
{
    uint64_t zigzag;

    p = wire_get_number(p, end, &zigzag);
    if (p)
        *difference = zigzag >> 1 ^ -(zigzag & 1);
    return p;
}

static void put_little_endian(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static uint64_t get_little_endian(const uint8_t *p, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

/* Frames */

/* Fills in header and checksum around a body of which the sequence number stands already. */
static size_t close_frame(uint8_t *frame, enum wire_kind kind, size_t body)
{
    size_t n = WIRE_HEADER + body;

    frame[0] = WIRE_SYNC_0;
    frame[1] = WIRE_SYNC_1;
    frame[2] = (uint8_t)(WIRE_VERSION << 4 | (unsigned)kind);
    put_little_endian(frame + 3, body, 2);
    frame[5] = (uint8_t)crc32c(0, frame, 5);
    put_little_endian(frame + n, crc32c(0, frame, n), TRAILER);
    return n + TRAILER;
}

size_t wire_blob(uint8_t *frame, size_t capacity, enum wire_kind kind, uint32_t sequence,
                 const void *payload, size_t n)
{
    uint8_t *to = frame + WIRE_HEADER + 4;
    const uint8_t *from = payload;

    if (n > WIRE_BODY_MAX - 4 || capacity < n + WIRE_OVERHEAD)
        return 0;
    if (to != from)
        for (size_t i = 0; i < n; i++)
            to[i] = from[i];
    put_little_endian(frame + WIRE_HEADER, sequence, 4);
    return close_frame(frame, kind, n + 4);
}

size_t wire_search(const uint8_t *buf, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (buf[i] == WIRE_SYNC_0 && (i + 1 == n || buf[i + 1] == WIRE_SYNC_1))
            return i;
    return n;
}

/* Reads what stands before the elements. False: too short, or a number out of range. */
static bool parse_trace(struct wire_frame *frame)
{
    const uint8_t *p = frame->payload, *end = p + frame->payload_length;
    uint64_t vcpu;

    p = wire_get_number(p, end, &vcpu);
    if (!p || vcpu > UINT16_MAX)
        return false;
    p = wire_get_number(p, end, &frame->first_record);
    if (!p || end - p < BASE)
        return false;
    frame->vcpu = (uint16_t)vcpu;
    frame->base_tsc = get_little_endian(p, BASE);
    frame->payload = p + BASE;
    frame->payload_length = (size_t)(end - frame->payload);
    return true;
}

enum wire_result wire_parse(const uint8_t *buf, size_t n, struct wire_frame *frame)
{
    frame->length = WIRE_HEADER;
    if ((n > 0 && buf[0] != WIRE_SYNC_0) || (n > 1 && buf[1] != WIRE_SYNC_1))
        return WIRE_NOTHING;
    if (n < WIRE_HEADER)
        return WIRE_MORE;
    if (buf[5] != (uint8_t)crc32c(0, buf, 5))
        return WIRE_DAMAGED;

    size_t body = (size_t)get_little_endian(buf + 3, 2);
    size_t covered = WIRE_HEADER + body;

    frame->length = covered + TRAILER;
    if (body < 4)
        return WIRE_DAMAGED;
    if (n < frame->length)
        return WIRE_MORE;
    if (get_little_endian(buf + covered, TRAILER) != crc32c(0, buf, covered))
        return WIRE_DAMAGED;
    frame->kind = buf[2] & 0xf;
    frame->sequence = (uint32_t)get_little_endian(buf + WIRE_HEADER, 4);
    frame->payload = buf + WIRE_HEADER + 4;
    frame->payload_length = body - 4;
    if (buf[2] >> 4 != WIRE_VERSION || frame->kind == 0 || frame->kind >= WIRE_KINDS)
        return WIRE_NEWER;
    return frame->kind != WIRE_TRACE || parse_trace(frame) ? WIRE_FOUND : WIRE_DAMAGED;
}

/* The model */

static void model_begin(struct wire_model *model, uint64_t base_tsc)
{
    model->keys = 0;
    model->previous = 0;
    model->tsc = base_tsc;
    model->rip = 0;
}

/* How many places hold keys. */
static uint32_t model_places(const struct wire_model *model)
{
    return model->keys < WIRE_KEYS ? model->keys : WIRE_KEYS;
}

/* The key that is expected next: the one that came after the previous element's key last time. */
static uint32_t model_next(const struct wire_model *model)
{
    return model->keys ? model->key[model->previous].next : WIRE_KEYS;
}

/* The newest key of the same kind and reason: the best guess at a new key's values. */
static const struct wire_key *model_relative(const struct wire_model *model, uint8_t kind,
                                             uint32_t reason)
{
    uint32_t places = model_places(model);

    for (uint32_t i = 1; i <= places; i++) {
        const struct wire_key *key = &model->key[(model->keys - i) % WIRE_KEYS];

        if (key->reason == reason && key->kind == kind)
            return key;
    }
    return NULL;
}

/* Defines a key in the next place, over the oldest one when all are taken. Returns the place. */
static uint32_t model_define(struct wire_model *model, const struct wire_key *definition)
{
    const struct wire_key *relative = model_relative(model, definition->kind, definition->reason);
    uint32_t place = model->keys % WIRE_KEYS;
    struct wire_key *key = &model->key[place];

    if (!relative)
        *key = (struct wire_key){ .kind = definition->kind, .reason = definition->reason };
    else if (relative != key)
        *key = *relative;
    key->rip = definition->rip;
    key->written = definition->written;
    key->relation = definition->relation;
    key->next = (uint8_t)place;
    key->next_gap = key->gap;
    model->keys++;
    return place;
}

/*
 * The gap before the exit of the key in `place`: what followed the previous element last time if
 * that was this key, else what this key had last time.
 */
static uint64_t model_gap(const struct wire_model *model, uint32_t place)
{
    const struct wire_key *previous = &model->key[model->previous];

    return previous->next == place ? previous->next_gap : model->key[place].gap;
}

/* Remembers an element: which key it had, the gap before it, its last stamp. */
static void model_follow(struct wire_model *model, uint32_t place, uint64_t gap, uint64_t tsc)
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
static uint64_t reference(const struct wire_key *key, unsigned i, uint64_t exit_tsc,
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

/* The encoder */

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
    put_little_endian(p, sequence, 4);
    p = wire_put_number(p + 4, vcpu);
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
        .written = (element->written | is_exit) & WRITTEN,
    };
}

/* Whether `place` holds the key of this identity. */
static bool place_fits(const struct wire_model *model, uint32_t place, const struct identity *id)
{
    const struct wire_key *key = &model->key[place];

    return place < model_places(model) && key->rip == id->rip && key->reason == id->reason &&
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

    *p++ = (uint8_t)(NEW_KEY | key.kind << 5 | key.written);
    *p++ = key.relation;
    p = wire_put_number(p, key.reason);
    p = put_difference(p, key.rip - model->rip);
    *place = model_define(model, &key);
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

    *place = model_next(model);
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
    p = put_difference(p, value - *predicted);
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
                          element->slot[i] - reference(key, i, element->exit_tsc, first));
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
    put_little_endian(encoder->frame + encoder->used, tsc, BASE);
    encoder->used += BASE;
    encoder->empty = false;
    model_begin(&encoder->model, tsc);
}

bool wire_add(struct wire_encoder *encoder, const struct trace_element *element)
{
    struct wire_model *model = &encoder->model;
    uint8_t item = 0;
    uint32_t place;

    if (encoder->used + BASE + REPEATS_MAX + ITEM_MAX + TRAILER > encoder->capacity ||
        !encoder->used || encoder->repeats == UINT32_MAX)
        return false;
    if (encoder->empty)
        put_base(encoder, element->exit_tsc);

    /* The item is written behind the run that would go before it; a repeat leaves it unused. */
    uint8_t scratch[ITEM_MAX];
    uint8_t *p = put_key(encoder, element, scratch, &item, &place);
    struct wire_key *key = &model->key[place];
    uint64_t gap = element->exit_tsc - model->tsc, predicted = model_gap(model, place);
    uint64_t last = element->exit_tsc;

    p = put_field(p, &item, ITEM_GAP, &predicted, gap);
    if (key->kind == TRACE_EXIT_ENTRY) {
        last = element->entry_tsc;
        p = put_field(p, &item, ITEM_HANDLING, &key->handling, last - element->exit_tsc);
    }
    p = put_values(p, &item, key, element);
    model_follow(model, place, gap, last);
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

    size_t length = close_frame(encoder->frame, WIRE_TRACE, encoder->used - WIRE_HEADER);

    encoder->empty = true;
    encoder->used = 0;
    return length;
}

/* The decoder */

void wire_read_begin(struct wire_reader *reader, const struct wire_frame *frame)
{
    model_begin(&reader->model, frame->base_tsc);
    reader->at = frame->payload;
    reader->end = frame->payload + frame->payload_length;
    reader->repeats = 0;
    reader->vcpu = frame->vcpu;
}

/* Reads a key byte, and a definition if it announces one. NULL: malformed. */
static const uint8_t *get_key(struct wire_model *model, const uint8_t *p, const uint8_t *end,
                              uint32_t *place)
{
    if (p == end)
        return NULL;

    uint8_t byte = *p++;

    if (!(byte & NEW_KEY)) {
        *place = byte;
        return byte < model_places(model) ? p : NULL;
    }
    if (p == end)
        return NULL;

    struct wire_key key = { .kind = byte >> 5 & 3, .written = byte & WRITTEN, .relation = *p++ };
    uint64_t reason, difference;

    p = wire_get_number(p, end, &reason);
    if (!p || reason > UINT32_MAX)
        return NULL;
    p = get_difference(p, end, &difference);
    if (!p)
        return NULL;
    key.reason = (uint32_t)reason;
    key.rip = model->rip + difference;
    *place = model_define(model, &key);
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

        p = get_difference(p, end, &difference);
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
    return key->value[i] + reference(key, i, exit_tsc, key->value[0]);
}

/* Makes the element that the model now predicts for the key in `place`. */
static void fill(struct wire_reader *reader, uint32_t place, uint64_t gap,
                 struct trace_element *element)
{
    struct wire_model *model = &reader->model;
    const struct wire_key *key = &model->key[place];
    uint64_t last = model->tsc + gap;

    element->exit_tsc = last;
    element->reason = key->reason;
    element->written = key->written;
    element->kind = key->kind;
    element->vcpu = reader->vcpu;
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
    model_follow(model, place, gap, last);
}

/* Reads the next item's first byte and key. */
static const uint8_t *get_item(struct wire_reader *reader, uint8_t *item, uint32_t *place)
{
    const uint8_t *p = reader->at;
    uint64_t repeats;

    *item = *p++;
    *place = model_next(&reader->model);
    if (*item & ITEM_KEY)
        return get_key(&reader->model, p, reader->end, place);
    if (*place == WIRE_KEYS)
        return NULL;
    if (*item)
        return p;
    p = wire_get_number(p, reader->end, &repeats);
    if (!p || repeats >= UINT32_MAX)
        return NULL;
    reader->repeats = (uint32_t)repeats;
    return p;
}

enum wire_read wire_read(struct wire_reader *reader, struct trace_element *element)
{
    struct wire_model *model = &reader->model;
    uint32_t place;
    uint8_t item;

    if (reader->repeats) {
        reader->repeats--;
        place = model_next(model);
        fill(reader, place, model->key[model->previous].next_gap, element);
        return WIRE_ELEMENT;
    }
    if (reader->at == reader->end)
        return WIRE_DONE;

    const uint8_t *p = get_item(reader, &item, &place);
    uint64_t gap = p ? model_gap(model, place) : 0;

    if (p)
        p = get_fields(&model->key[place], p, reader->end, item, &gap);
    if (!p) {
        reader->at = reader->end;
        return WIRE_BROKEN;
    }
    reader->at = p;
    fill(reader, place, gap, element);
    return WIRE_ELEMENT;
}
