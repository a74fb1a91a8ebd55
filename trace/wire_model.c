/* SPDX-License-Identifier: MIT */
/* Defining keys: the rare part of the model. */
#include "trace/wire_model.h"

#include <stddef.h>

/* The newest key of the same kind and reason: the best guess at a new key's values. */
static const struct wire_key *newest_like(const struct wire_model *model, uint8_t kind,
                                          uint32_t reason)
{
    uint32_t places = wire_model_places(model);

    for (uint32_t i = 1; i <= places; i++) {
        const struct wire_key *key = &model->key[(model->keys - i) % WIRE_KEYS];

        if (key->reason == reason && key->kind == kind)
            return key;
    }
    return NULL;
}

uint32_t wire_model_define(struct wire_model *model, const struct wire_key *definition)
{
    const struct wire_key *relative = newest_like(model, definition->kind, definition->reason);
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
