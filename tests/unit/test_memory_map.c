/* sources: vmm/loader/memory_map.c */
/* SPDX-License-Identifier: MIT */
/* The memory map against a model that keeps a type for every byte of a small address space. */
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "vmm/loader/memory_map.h"

#define TOP UINT64_MAX

static struct memory_map map;
static struct memory_avoid avoid;

static void reset(void)
{
    memset(&map, 0, sizeof(map));
    memset(&avoid, 0, sizeof(avoid));
}

static bool region_is(uint32_t i, uint64_t base, uint64_t length, uint32_t type)
{
    return i < map.count && map.region[i].base == base && map.region[i].length == length &&
           map.region[i].type == type;
}

/* Sorted, apart, not empty, neighbours joined. */
static bool well_formed(const struct memory_map *m)
{
    for (uint32_t i = 0; i < m->count; i++) {
        const struct memory_region *r = &m->region[i], *next = r + 1;

        if (!r->length || r->length > TOP - r->base)
            return false;
        if (i + 1 < m->count && (next->base < r->base + r->length ||
                                 (next->base == r->base + r->length && next->type == r->type)))
            return false;
    }
    return true;
}

static void test_add(void)
{
    reset();
    ok(memory_map_add(&map, 0x100000, 0x100000, MEMORY_USABLE) &&
           memory_map_add(&map, 0, 0x9fc00, MEMORY_USABLE) &&
           memory_map_add(&map, 0xf0000, 0x10000, MEMORY_RESERVED) &&
           memory_map_add(&map, 0x9fc00, 0x400, MEMORY_RESERVED),
       "regions in any order");
    ok(map.count == 4 && region_is(0, 0, 0x9fc00, 1) && region_is(1, 0x9fc00, 0x400, 2) &&
           region_is(2, 0xf0000, 0x10000, 2) && region_is(3, 0x100000, 0x100000, 1),
       "are sorted");
    memory_map_add(&map, 0x200000, 0x100000, MEMORY_USABLE);
    ok(map.count == 4 && region_is(3, 0x100000, 0x200000, 1), "neighbours of a type are joined");
    memory_map_add(&map, 0x180000, 0x1000, MEMORY_NVS);
    ok(map.count == 6 && region_is(4, 0x180000, 0x1000, 4), "reserved wins over usable");
    memory_map_add(&map, 0x100000, 0x200000, MEMORY_USABLE);
    ok(map.count == 6 && region_is(4, 0x180000, 0x1000, 4), "in either order");
    memory_map_add(&map, 0x300000, 0, MEMORY_USABLE);
    ok(map.count == 6, "an empty region is nothing");
    ok(memory_map_add(&map, TOP - 0xfff, 0x2000, MEMORY_RESERVED) &&
           region_is(6, TOP - 0xfff, 0xfff, 2),
       "a wrapping region is cut");
    is(memory_map_usable_end(&map), 0x300000, "end of usable memory");
    is(memory_map_usable_total(&map), 0x9fc00 + 0x200000 - 0x1000, "sum of usable memory");
}

static void test_full(void)
{
    reset();
    for (uint32_t i = 0; i < MEMORY_MAP_MAX; i++)
        memory_map_add(&map, i * 0x2000, 0x1000, MEMORY_USABLE);
    is(map.count, MEMORY_MAP_MAX, "as many regions as there is room for");
    ok(!memory_map_add(&map, 0x1000000, 0x1000, MEMORY_USABLE), "one more is refused");
    ok(!memory_map_reserve(&map, 0x100, 0x100), "and so is a cut within one");
    ok(memory_map_reserve(&map, 0, 0x1000000), "but not what makes them fewer");
    ok(map.count == 1 && region_is(0, 0, 0x1000000, 2), "and that leaves one");
}

static void test_usable(void)
{
    reset();
    memory_map_add(&map, 0x1000, 0x3000, MEMORY_USABLE);
    memory_map_add(&map, 0x5000, 0x1000, MEMORY_USABLE);
    ok(memory_map_is_usable(&map, 0x1000, 0x3000), "a whole region is usable");
    ok(!memory_map_is_usable(&map, 0x1000, 0x3001), "not a byte more");
    ok(!memory_map_is_usable(&map, 0xfff, 2), "not a byte before");
    ok(!memory_map_is_usable(&map, 0x3000, 0x3000), "not over a hole");
    ok(memory_map_is_usable(&map, 0x9000, 0), "an empty range is");
    ok(!memory_map_is_usable(&map, 0x2000, TOP), "a wrapping one is not");
    is(memory_map_usable_from(&map, 0x2000), 0x2000, "what follows an address");
    is(memory_map_usable_from(&map, 0x4000), 0, "nothing in a hole");
}

static void test_find(void)
{
    uint64_t at = 0;

    reset();
    memory_map_add(&map, 0, 0x9fc00, MEMORY_USABLE);
    memory_map_add(&map, 0x100000, 0x700000, MEMORY_USABLE);
    memory_map_add(&map, 0x100000000, 0x10000000, MEMORY_USABLE);
    ok(memory_map_find_top(&map, 0, TOP, 0x1000, 0x1000, NULL, &at) && at == 0x10ffff000,
       "the top of all memory");
    ok(memory_map_find_top(&map, 0, 0x100000000, 0x1000, 0x1000, NULL, &at) && at == 0x7ff000,
       "the top below a limit");
    ok(memory_map_find_top(&map, 0, 0xa0000, 0x1000, 0x1000, NULL, &at) && at == 0x9e000,
       "the top below 640 KiB, aligned down");
    ok(memory_map_find_bottom(&map, 0x90000, TOP, 0x10000, 0x1000, NULL, &at) && at == 0x100000,
       "the bottom above a limit, where there is room");
    ok(memory_map_find_bottom(&map, 0x100001, TOP, 0x1000, 0x200000, NULL, &at) && at == 0x200000,
       "the bottom at an alignment");
    memory_avoid_add(&avoid, 0x7ff800, 1);
    memory_avoid_add(&avoid, 0x7f0000, 0x8000);
    ok(memory_map_find_top(&map, 0, 0x100000000, 0x8000, 0x1000, &avoid, &at) && at == 0x7e8000,
       "the top, stepping over what is to be avoided");
    ok(!memory_map_find_top(&map, 0, 0x100000000, 0x700001, 1, NULL, &at), "too large");
    ok(!memory_map_find_top(&map, 0, TOP, 0, 1, NULL, &at), "nothing needs no room");
    ok(!memory_map_find_bottom(&map, TOP - 1, TOP, 2, 1ULL << 63, NULL, &at), "no wrap upwards");
    for (unsigned i = avoid.count; i < MEMORY_AVOID_MAX; i++)
        memory_avoid_add(&avoid, i, 1);
    ok(!memory_avoid_add(&avoid, 5, 5) && memory_avoid_add(&avoid, 5, 0), "a full avoid list");
}

enum { SPACE = 200 };

/* What the map says of a byte. */
static uint32_t type_of(uint64_t address)
{
    for (uint32_t i = 0; i < map.count; i++)
        if (address >= map.region[i].base && address - map.region[i].base < map.region[i].length)
            return map.region[i].type;
    return 0;
}

static bool same_as(const uint8_t *model)
{
    for (uint64_t i = 0; i < SPACE; i++)
        if (type_of(i) != model[i])
            return false;
    return well_formed(&map);
}

static bool place_is_free(const uint8_t *model, uint64_t at, uint64_t n)
{
    for (uint64_t i = at; i < at + n; i++)
        if (i >= SPACE || model[i] != MEMORY_USABLE || memory_avoid_touches(&avoid, i, 1))
            return false;
    return true;
}

/* The place that a search byte by byte finds, or SPACE. */
static uint64_t model_find(const uint8_t *model, bool top, uint64_t from, uint64_t below,
                           uint64_t n, uint64_t align)
{
    for (uint64_t i = 0; i < SPACE; i++) {
        uint64_t at = top ? SPACE - 1 - i : i;

        if (at >= from && at + n <= below && at % align == 0 && place_is_free(model, at, n))
            return at;
    }
    return SPACE;
}

static bool find_agrees(const uint8_t *model, uint64_t *state)
{
    uint64_t from = random_below(state, SPACE), below = random_below(state, SPACE + 20);
    uint64_t n = 1 + random_below(state, 20), align = 1ULL << random_below(state, 5);
    uint64_t top = SPACE, bottom = SPACE;

    if (!memory_map_find_top(&map, from, below, n, align, &avoid, &top))
        top = SPACE;
    if (!memory_map_find_bottom(&map, from, below, n, align, &avoid, &bottom))
        bottom = SPACE;
    return top == model_find(model, true, from, below, n, align) &&
           bottom == model_find(model, false, from, below, n, align);
}

/* One random history of a map; true when the model agrees all along. */
static bool history(uint64_t *state)
{
    uint8_t model[SPACE] = { 0 };

    reset();
    for (unsigned step = 0; step < 40; step++) {
        uint64_t base = random_below(state, SPACE), n = random_below(state, SPACE - base + 1);
        uint32_t type = 1 + (uint32_t)random_below(state, 4);
        bool force = random_below(state, 4) == 0;

        for (uint64_t i = base; i < base + n; i++)
            if (force || model[i] < type)
                model[i] = (uint8_t)type;
        if (!(force ? memory_map_set : memory_map_add)(&map, base, n, type) || !same_as(model))
            return false;
        if (step % 4 == 0)
            memory_avoid_add(&avoid, random_below(state, SPACE), random_below(state, 8));
        if (!find_agrees(model, state))
            return false;
    }
    return true;
}

/* Ranges of any size, near the end of the address space too: the map stays in order. */
static bool wild_history(uint64_t *state)
{
    uint64_t at;

    reset();
    for (unsigned step = 0; step < 60; step++) {
        memory_map_add(&map, random_wild(state), random_wild(state), 1 + step % 3);
        if (step % 8 == 0)
            memory_map_reserve(&map, random_wild(state), random_wild(state));
        memory_avoid_add(&avoid, random_wild(state), random_wild(state));
        if (!well_formed(&map))
            return false;
        uint64_t from = random_wild(state), below = random_wild(state), n = random_wild(state);
        uint64_t align = 1ULL << random_below(state, 64);

        if (memory_map_find_top(&map, from, below, n, align, &avoid, &at) &&
            (at < from || n > below - at || at % align || !memory_map_is_usable(&map, at, n) ||
             memory_avoid_touches(&avoid, at, n)))
            return false;
        if (memory_map_find_bottom(&map, from, below, n, align, &avoid, &at) &&
            (at < from || n > below - at || at % align || !memory_map_is_usable(&map, at, n) ||
             memory_avoid_touches(&avoid, at, n)))
            return false;
    }
    return true;
}

int main(void)
{
    uint64_t state = 1;
    unsigned good = 0, wild = 0;

    test_add();
    test_full();
    test_usable();
    test_find();
    for (unsigned i = 0; i < 2000; i++) {
        good += history(&state);
        wild += wild_history(&state);
    }
    is(good, 2000, "random histories agree with the model");
    is(wild, 2000, "random ranges of any size keep the map in order");
    return tap_done();
}
