/* SPDX-License-Identifier: MIT */
/* The memory map: a sorted table of typed regions, and the search for room in it. */
#include "vmm/loader/memory_map.h"

#include <stddef.h>

static uint64_t end_of(const struct memory_region *region)
{
    return region->base + region->length;
}

static uint64_t clipped_end(uint64_t base, uint64_t length)
{
    return length > UINT64_MAX - base ? UINT64_MAX : base + length;
}

static void remove_at(struct memory_map *map, uint32_t at)
{
    map->count--;
    for (uint32_t i = at; i < map->count; i++)
        map->region[i] = map->region[i + 1];
}

static bool insert_at(struct memory_map *map, uint32_t at, uint64_t base, uint64_t end,
                      uint32_t type)
{
    if (map->count == MEMORY_MAP_MAX)
        return false;
    for (uint32_t i = map->count; i > at; i--)
        map->region[i] = map->region[i - 1];
    map->region[at] = (struct memory_region){ base, end - base, type };
    map->count++;
    return true;
}

/* The first region that ends above base: it holds base, or is the next one after it. */
static uint32_t first_above(const struct memory_map *map, uint64_t base)
{
    uint32_t i = 0;

    while (i < map->count && end_of(&map->region[i]) <= base)
        i++;
    return i;
}

/* Removes [base, end) from the table. */
static bool cut(struct memory_map *map, uint64_t base, uint64_t end)
{
    uint32_t i = first_above(map, base);

    while (i < map->count && map->region[i].base < end) {
        struct memory_region *region = &map->region[i];
        uint64_t region_end = end_of(region);

        if (region->base < base) {
            region->length = base - region->base;
            if (region_end > end)
                return insert_at(map, i + 1, end, region_end, region->type);
            i++;
        } else if (region_end > end) {
            region->base = end;
            region->length = region_end - end;
        } else {
            remove_at(map, i);
        }
    }
    return true;
}

static bool join(struct memory_region *region, const struct memory_region *next)
{
    if (region->type != next->type || end_of(region) != next->base)
        return false;
    region->length += next->length;
    return true;
}

/* Puts [base, end) where nothing is now, as part of a neighbour where the types allow. */
static bool fill(struct memory_map *map, uint64_t base, uint64_t end, uint32_t type)
{
    uint32_t i = first_above(map, base);
    const struct memory_region filling = { base, end - base, type };

    if (i > 0 && join(&map->region[i - 1], &filling)) {
        if (i < map->count && join(&map->region[i - 1], &map->region[i]))
            remove_at(map, i);
        return true;
    }
    if (i < map->count && map->region[i].base == end && map->region[i].type == type) {
        map->region[i].base = base;
        map->region[i].length += end - base;
        return true;
    }
    return insert_at(map, i, base, end, type);
}

bool memory_map_set(struct memory_map *map, uint64_t base, uint64_t length, uint32_t type)
{
    uint64_t end = clipped_end(base, length);

    if (base == end)
        return true;
    return cut(map, base, end) && fill(map, base, end, type);
}

bool memory_map_reserve(struct memory_map *map, uint64_t base, uint64_t length)
{
    return memory_map_set(map, base, length, MEMORY_RESERVED);
}

bool memory_map_add(struct memory_map *map, uint64_t base, uint64_t length, uint32_t type)
{
    uint64_t end = clipped_end(base, length);

    while (base < end) {
        uint32_t i = first_above(map, base);
        const struct memory_region *region = i < map->count ? &map->region[i] : NULL;
        bool covered = region && region->base <= base;
        uint64_t stop = !region ? end : covered ? end_of(region) : region->base;

        if (stop > end)
            stop = end;
        if ((!covered || region->type < type) && !memory_map_set(map, base, stop - base, type))
            return false;
        base = stop;
    }
    return true;
}

uint64_t memory_map_usable_from(const struct memory_map *map, uint64_t base)
{
    uint32_t i = first_above(map, base);

    if (i == map->count || map->region[i].base > base || map->region[i].type != MEMORY_USABLE)
        return 0;
    return end_of(&map->region[i]) - base;
}

bool memory_map_is_usable(const struct memory_map *map, uint64_t base, uint64_t length)
{
    return length <= UINT64_MAX - base && (!length || memory_map_usable_from(map, base) >= length);
}

uint64_t memory_map_usable_total(const struct memory_map *map)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < map->count; i++)
        if (map->region[i].type == MEMORY_USABLE)
            total += map->region[i].length;
    return total;
}

uint64_t memory_map_usable_end(const struct memory_map *map)
{
    for (uint32_t i = map->count; i-- > 0;)
        if (map->region[i].type == MEMORY_USABLE)
            return end_of(&map->region[i]);
    return 0;
}

bool memory_avoid_add(struct memory_avoid *avoid, uint64_t base, uint64_t length)
{
    uint64_t end = clipped_end(base, length);

    if (base == end)
        return true;
    if (avoid->count == MEMORY_AVOID_MAX)
        return false;
    avoid->range[avoid->count].base = base;
    avoid->range[avoid->count++].length = end - base;
    return true;
}

/* The list's first range that touches [base, base + length), or -1. */
static int touching(const struct memory_avoid *avoid, uint64_t base, uint64_t length)
{
    for (uint32_t i = 0; avoid && i < avoid->count; i++)
        if (ranges_overlap(base, length, avoid->range[i].base, avoid->range[i].length))
            return (int)i;
    return -1;
}

bool memory_avoid_touches(const struct memory_avoid *avoid, uint64_t base, uint64_t length)
{
    return touching(avoid, base, length) >= 0;
}

/* The highest place within [low, high), stepping down over what is to be avoided. */
static bool highest_in(uint64_t low, uint64_t high, uint64_t length, uint64_t align,
                       const struct memory_avoid *avoid, uint64_t *base)
{
    while (high > low && high - low >= length) {
        uint64_t place = (high - length) & ~(align - 1);
        int obstacle = place < low ? -1 : touching(avoid, place, length);

        if (place < low)
            return false;
        if (obstacle < 0) {
            *base = place;
            return true;
        }
        high = avoid->range[obstacle].base;
    }
    return false;
}

/* The lowest place within [low, high), stepping up over what is to be avoided. */
static bool lowest_in(uint64_t low, uint64_t high, uint64_t length, uint64_t align,
                      const struct memory_avoid *avoid, uint64_t *base)
{
    while (low < high && low <= UINT64_MAX - (align - 1)) {
        uint64_t place = (low + align - 1) & ~(align - 1);
        int obstacle;

        if (place >= high || high - place < length)
            return false;
        obstacle = touching(avoid, place, length);
        if (obstacle < 0) {
            *base = place;
            return true;
        }
        low = avoid->range[obstacle].base + avoid->range[obstacle].length;
    }
    return false;
}

/* The part of a usable region within [from, below); false when there is none. */
static bool window(const struct memory_region *region, uint64_t from, uint64_t below, uint64_t *low,
                   uint64_t *high)
{
    *low = region->base > from ? region->base : from;
    *high = end_of(region) < below ? end_of(region) : below;
    return region->type == MEMORY_USABLE && *low < *high;
}

bool memory_map_find_top(const struct memory_map *map, uint64_t from, uint64_t below,
                         uint64_t length, uint64_t align, const struct memory_avoid *avoid,
                         uint64_t *base)
{
    uint64_t low, high;

    for (uint32_t i = map->count; length && i-- > 0;)
        if (window(&map->region[i], from, below, &low, &high) &&
            highest_in(low, high, length, align, avoid, base))
            return true;
    return false;
}

bool memory_map_find_bottom(const struct memory_map *map, uint64_t from, uint64_t below,
                            uint64_t length, uint64_t align, const struct memory_avoid *avoid,
                            uint64_t *base)
{
    uint64_t low, high;

    for (uint32_t i = 0; length && i < map->count; i++)
        if (window(&map->region[i], from, below, &low, &high) &&
            lowest_in(low, high, length, align, avoid, base))
            return true;
    return false;
}
