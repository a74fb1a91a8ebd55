/* SPDX-License-Identifier: MIT */
/* The memory map: who owns which physical addresses, in the types of the BIOS call E820. */
#ifndef VMM_LOADER_MEMORY_MAP_H
#define VMM_LOADER_MEMORY_MAP_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MEMORY_MAP_MAX = 128,   /* regions; also what the Linux zero page can hold */
    MEMORY_AVOID_MAX = 192, /* ranges on an avoid list */
};

/* ACPI specification, "Address Range Types" (of the system address map interfaces) */
enum memory_kind {
    MEMORY_USABLE = 1,
    MEMORY_RESERVED = 2,
    MEMORY_ACPI = 3, /* reclaimable once the tables have been read */
    MEMORY_NVS = 4,
    MEMORY_BAD = 5,
};

struct memory_region {
    uint64_t base, length; /* bytes; base + length does not exceed 2^64 - 1 */
    uint32_t type;         /* enum memory_kind, or a firmware's own number */
};

/*
 * Sorted by base, without overlaps, without empty regions, neighbours of one type joined: true
 * after each of the functions below. An all-zero map is an empty one.
 */
struct memory_map {
    uint32_t count;
    struct memory_region region[MEMORY_MAP_MAX];
};

/* Ranges that a search must keep out of, beyond what the map says. All zero: none. */
struct memory_avoid {
    uint32_t count;
    struct {
        uint64_t base, length;
    } range[MEMORY_AVOID_MAX];
};

/*
 * Adds a region as firmware reports it. Where it overlaps what is there, the higher type number
 * wins, so that usable never hides anything else. A region that would wrap is cut at 2^64 - 1.
 * Returns false when the table is full; the map is then incomplete.
 */
bool memory_map_add(struct memory_map *map, uint64_t base, uint64_t length, uint32_t type);

/* Makes the range MEMORY_RESERVED, whatever it was. Returns false when the table is full. */
bool memory_map_reserve(struct memory_map *map, uint64_t base, uint64_t length);

/* Like memory_map_reserve, with a type of the caller's choice. */
bool memory_map_set(struct memory_map *map, uint64_t base, uint64_t length, uint32_t type);

/* Whether every byte of the range is MEMORY_USABLE. An empty range is; a wrapping one is not. */
bool memory_map_is_usable(const struct memory_map *map, uint64_t base, uint64_t length);

/* Usable bytes that follow base without a hole; 0 when base itself is not usable. */
uint64_t memory_map_usable_from(const struct memory_map *map, uint64_t base);

/* All usable bytes of the map. */
uint64_t memory_map_usable_total(const struct memory_map *map);

/* The first address above all usable memory; 0 for a map without any. */
uint64_t memory_map_usable_end(const struct memory_map *map);

/*
 * Finds length usable bytes, align-aligned (a power of two), that lie within [from, below) and
 * touch no range of avoid (which may be NULL). find_top takes the highest such place, find_bottom
 * the lowest. Returns false when there is none, or when length is 0.
 */
bool memory_map_find_top(const struct memory_map *map, uint64_t from, uint64_t below,
                         uint64_t length, uint64_t align, const struct memory_avoid *avoid,
                         uint64_t *base);
bool memory_map_find_bottom(const struct memory_map *map, uint64_t from, uint64_t below,
                            uint64_t length, uint64_t align, const struct memory_avoid *avoid,
                            uint64_t *base);

/* Puts a range on the list; an empty one is ignored. Returns false when the list is full. */
bool memory_avoid_add(struct memory_avoid *avoid, uint64_t base, uint64_t length);

/* Whether the range shares a byte with one of the list. */
bool memory_avoid_touches(const struct memory_avoid *avoid, uint64_t base, uint64_t length);

/* Whether [a, a + a_length) and [b, b + b_length) share a byte; neither may wrap. */
static inline bool ranges_overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return a_length && b_length && (a < b ? b - a < a_length : a - b < b_length);
}

#endif
