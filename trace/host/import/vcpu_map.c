/* SPDX-License-Identifier: MIT */
/* Which vCPU of a foreign trace is which of the log. */
#include "trace/host/import/vcpu_map.h"

#include <stdlib.h>

/* The vCPU's place, or that where it would be. */
static struct vcpu_place *search(struct vcpu_map *map, uint32_t owner, uint32_t vcpu)
{
    uint32_t i = (owner * 31 + vcpu) % VCPU_PLACES;

    while (map->place[i].used && (map->place[i].owner != owner || map->place[i].vcpu != vcpu))
        i = (i + 1) % VCPU_PLACES;
    return &map->place[i];
}

struct vcpu_place *vcpu_map_find(struct vcpu_map *map, uint32_t owner, uint32_t vcpu)
{
    struct vcpu_place *place = search(map, owner, vcpu);

    return place->used ? place : NULL;
}

struct vcpu_place *vcpu_map_place(struct vcpu_map *map, uint32_t owner, uint32_t vcpu)
{
    struct vcpu_place *place = search(map, owner, vcpu);

    if (place->used)
        return place;
    if (map->used == VCPU_PLACES / 2)
        return NULL;
    map->used++;
    *place = (struct vcpu_place){ .used = true, .owner = owner, .vcpu = vcpu, .number = -1 };
    return place;
}

static int by_owner(const void *a, const void *b)
{
    const struct vcpu_place *x = *(struct vcpu_place *const *)a;
    const struct vcpu_place *y = *(struct vcpu_place *const *)b;

    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static void give(struct vcpu_map *map, struct vcpu_place *place, uint32_t number)
{
    if (number >= END_VCPUS) {
        map->left_out += place->exits;
        return;
    }
    map->of_number[number] = place;
    place->number = (int32_t)number;
    map->by_name |= place->vcpu != number;
    if (number >= map->vcpus)
        map->vcpus = number + 1;
}

/* Whether each can keep its number; one that is not told gets any. */
static bool all_differ(struct vcpu_place *const *place, unsigned n)
{
    bool taken[END_VCPUS] = { false };

    for (unsigned i = 0; i < n; i++) {
        uint32_t vcpu = place[i]->vcpu;

        if (vcpu == VCPU_UNKNOWN)
            continue;
        if (vcpu >= END_VCPUS || taken[vcpu])
            return false;
        taken[vcpu] = true;
    }
    return true;
}

void vcpu_map_number(struct vcpu_map *map)
{
    struct vcpu_place *sorted[VCPU_PLACES / 2];
    unsigned n = 0;

    for (unsigned i = 0; i < VCPU_PLACES; i++)
        if (map->place[i].used)
            sorted[n++] = &map->place[i];
    qsort(sorted, n, sizeof(sorted[0]), by_owner);

    bool keep = all_differ(sorted, n);
    uint32_t next = 0;

    for (unsigned i = 0; keep && i < n; i++)
        if (sorted[i]->vcpu != VCPU_UNKNOWN)
            give(map, sorted[i], sorted[i]->vcpu);
    for (unsigned i = 0; i < n; i++) {
        if (keep && sorted[i]->vcpu != VCPU_UNKNOWN)
            continue;
        while (next < END_VCPUS && map->of_number[next])
            next++;
        give(map, sorted[i], next);
    }
}
