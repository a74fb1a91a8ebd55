/* SPDX-License-Identifier: MIT */
/* Builds the identity map of EPT; all but ept_flush() is pure. */
#include "vmx/ept.h"
#include "vmx/msr.h"

#define PAGE_SHIFT     12
#define INDEX_BITS     9
#define WALK_BITS      48 /* guest-physical addresses that a page walk of length 4 translates */
#define GIGABYTE_LEVEL 3

static uint64_t level_size(unsigned level)
{
    return UINT64_C(1) << (PAGE_SHIFT + INDEX_BITS * (level - 1));
}

static unsigned index_of(uint64_t gpa, unsigned level)
{
    return (unsigned)(gpa / level_size(level)) % EPT_ENTRIES;
}

static uint64_t align_down(uint64_t gpa, unsigned level)
{
    return gpa & ~(level_size(level) - 1);
}

static struct ept_table *table_of(uint64_t entry)
{
    return (struct ept_table *)(uintptr_t)(entry & EPT_ADDRESS_MASK);
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level > 1 && entry && !(entry & EPT_LARGE);
}

/* A plain store that comes after all before it: other CPUs may be walking the tables. */
static void publish(uint64_t *slot, uint64_t entry)
{
    __atomic_store_n(slot, entry, __ATOMIC_RELEASE);
}

static void give_back(struct ept *ept, struct ept_table *table)
{
    table->entry[0] = (uintptr_t)ept->free;
    ept->free = table;
    ept->free_count++;
}

/* A cleared table, or NULL. */
static struct ept_table *take(struct ept *ept)
{
    struct ept_table *table = ept->free;

    if (!table)
        return NULL;
    ept->free = (struct ept_table *)(uintptr_t)table->entry[0];
    ept->free_count--;
    *table = (struct ept_table){ { 0 } };
    return table;
}

/* Gives back the tables below an entry of that level. */
static void release(struct ept *ept, uint64_t entry, unsigned level)
{
    if (!is_table(entry, level))
        return;
    for (unsigned i = 0; i < EPT_ENTRIES; i++)
        release(ept, table_of(entry)->entry[i], level - 1);
    give_back(ept, table_of(entry));
}

static bool page_size_exists(const struct ept *ept, unsigned level)
{
    if (level == 3)
        return ept->capability & EPT_CAP_1GIB;
    if (level == 2)
        return ept->capability & EPT_CAP_2MIB;
    return level == 1;
}

/* How much of a block is hidden; hidden ranges are whole pages, so a page is never PART. */
enum concealment { OPEN, PART, HIDDEN };

static enum concealment concealment(const struct ept *ept, uint64_t gpa, uint64_t size)
{
    enum concealment found = OPEN;

    for (unsigned i = 0; i < ept->hidden_count; i++) {
        const struct ept_range *range = &ept->hidden[i];

        if (range->base <= gpa && gpa + size <= range->end)
            return HIDDEN;
        if (range->base < gpa + size && gpa < range->end)
            found = PART;
    }
    return found;
}

/*
 * Whether one entry of that level without a table below it can describe the block at gpa. In a coarse
 * map 2 MiB of several types are UC, which is slow and never wrong.
 */
static bool fits_one_entry(const struct ept *ept, uint64_t gpa, unsigned level, uint64_t *entry)
{
    enum memory_type type;
    bool uniform;

    *entry = 0;
    switch (concealment(ept, gpa, level_size(level))) {
    case HIDDEN:
        return true;
    case PART:
        return false;
    case OPEN:
        break;
    }
    if (!page_size_exists(ept, level))
        return false;
    type = mtrr_type(ept->mtrr, gpa, level_size(level), &uniform);
    if (!uniform)
        type = MEMORY_TYPE_UC;
    *entry = gpa | (uint64_t)type << EPT_TYPE_SHIFT | EPT_ACCESS | (level > 1 ? EPT_LARGE : 0);
    return uniform || level == 1 || (level == 2 && ept->coarse);
}

/* Fills *slot, an entry of that level, and the tables below it; the pool is the same on failure. */
static bool build(struct ept *ept, uint64_t gpa, unsigned level, uint64_t *slot)
{
    struct ept_table *table;
    uint64_t entry;

    if (fits_one_entry(ept, gpa, level, &entry)) {
        publish(slot, entry);
        return true;
    }
    table = take(ept);
    if (!table)
        return false;
    entry = (uintptr_t)table | EPT_ACCESS;
    for (unsigned i = 0; i < EPT_ENTRIES; i++)
        if (!build(ept, gpa + i * level_size(level - 1), level - 1, &table->entry[i])) {
            release(ept, entry, level);
            return false;
        }
    publish(slot, entry);
    return true;
}

/* The entry for the GiB at gpa, in a table that is made where it is missing; NULL without pool. */
static uint64_t *gigabyte_slot(struct ept *ept, uint64_t gpa)
{
    uint64_t *above = &ept->root->entry[index_of(gpa, EPT_LEVELS)];

    if (!*above) {
        struct ept_table *table = take(ept);

        if (!table)
            return NULL;
        publish(above, (uintptr_t)table | EPT_ACCESS);
    }
    return &table_of(*above)->entry[index_of(gpa, GIGABYTE_LEVEL)];
}

static bool rebuild(struct ept *ept, uint64_t gpa, uint64_t *slot)
{
    uint64_t old = *slot;

    publish(slot, 0);
    release(ept, old, GIGABYTE_LEVEL);
    return build(ept, gpa, GIGABYTE_LEVEL, slot);
}

/* Maps anew each mapped GiB that shares an address with base to end; without room, none at all. */
static bool rebuild_range(struct ept *ept, uint64_t base, uint64_t end)
{
    const uint64_t upper = level_size(EPT_LEVELS), lower = level_size(GIGABYTE_LEVEL);

    for (uint64_t top = align_down(base, EPT_LEVELS); top < end; top += upper) {
        uint64_t above = ept->root->entry[index_of(top, EPT_LEVELS)];

        for (unsigned i = 0; above && i < EPT_ENTRIES; i++) {
            uint64_t gpa = top + i * lower;
            uint64_t *slot = &table_of(above)->entry[i];

            if (*slot && gpa < end && base < gpa + lower && !rebuild(ept, gpa, slot)) {
                ept_make_room(ept);
                return false;
            }
        }
    }
    return true;
}

void ept_init(struct ept *ept, struct ept_table *pool, size_t pages, uint64_t capability,
              const struct mtrr_state *mtrr, unsigned maxphyaddr)
{
    *ept = (struct ept){
        .mtrr = mtrr,
        .capability = capability,
        .limit = UINT64_C(1) << (maxphyaddr < WALK_BITS ? maxphyaddr : WALK_BITS),
    };
    while (pages > 0)
        give_back(ept, &pool[--pages]);
    ept->root = take(ept);
}

bool ept_hide(struct ept *ept, uint64_t base, uint64_t length)
{
    struct ept_range range = {
        .base = align_down(base, 1),
        .end = align_down(base + length + level_size(1) - 1, 1),
    };

    if (ept->hidden_count == EPT_HIDDEN_MAX)
        return false;
    ept->hidden[ept->hidden_count++] = range;
    return rebuild_range(ept, range.base, range.end < ept->limit ? range.end : ept->limit);
}

bool ept_hidden(const struct ept *ept, uint64_t gpa)
{
    return concealment(ept, gpa, 1) == HIDDEN;
}

bool ept_map_gigabyte(struct ept *ept, uint64_t gpa)
{
    uint64_t *slot;

    if (gpa >= ept->limit)
        return false;
    slot = gigabyte_slot(ept, gpa);
    if (!slot)
        return false;
    return *slot || build(ept, align_down(gpa, GIGABYTE_LEVEL), GIGABYTE_LEVEL, slot);
}

bool ept_map(struct ept *ept, uint64_t base, uint64_t length)
{
    uint64_t gpa = align_down(base, GIGABYTE_LEVEL);

    for (; gpa < base + length; gpa += level_size(GIGABYTE_LEVEL))
        if (!ept_map_gigabyte(ept, gpa))
            return false;
    return true;
}

void ept_make_room(struct ept *ept)
{
    for (unsigned i = 0; i < EPT_ENTRIES; i++) {
        uint64_t old = ept->root->entry[i];

        publish(&ept->root->entry[i], 0);
        release(ept, old, EPT_LEVELS);
    }
    ept->coarse = true;
}

bool ept_retype(struct ept *ept)
{
    ept->coarse = false;
    return rebuild_range(ept, 0, ept->limit);
}

bool ept_redirect(struct ept *ept, uint64_t gpa, uint64_t page, uint64_t access)
{
    uint64_t *slot = gigabyte_slot(ept, gpa);

    if (!slot || !ept_hidden(ept, gpa) ||
        (!*slot && !build(ept, align_down(gpa, GIGABYTE_LEVEL), GIGABYTE_LEVEL, slot)))
        return false;
    for (unsigned level = GIGABYTE_LEVEL; level > 1; level--) {
        if (!*slot) { /* a hidden block: an empty table hides it as well */
            struct ept_table *table = take(ept);

            if (!table)
                return false;
            publish(slot, (uintptr_t)table | EPT_ACCESS);
        }
        slot = &table_of(*slot)->entry[index_of(gpa, level - 1)];
    }
    publish(slot, access ? page | access | (uint64_t)MEMORY_TYPE_WB << EPT_TYPE_SHIFT : 0);
    return true;
}

bool ept_lookup(const struct ept *ept, uint64_t gpa, uint64_t *entry, unsigned *level)
{
    const struct ept_table *table = ept->root;

    *level = EPT_LEVELS;
    *entry = 0;
    if (gpa >= ept->limit)
        return false;
    *entry = table->entry[index_of(gpa, *level)];
    while (is_table(*entry, *level)) {
        table = table_of(*entry);
        *entry = table->entry[index_of(gpa, --*level)];
    }
    return *entry & EPT_ACCESS;
}

uint64_t ept_pointer(const struct ept *ept)
{
    uint64_t type = ept->capability & EPT_CAP_POINTER_WB ? MEMORY_TYPE_WB : MEMORY_TYPE_UC;

    return (uintptr_t)ept->root | (EPT_LEVELS - 1) << 3 | type;
}

bool ept_flush(const struct ept *ept)
{
    if (ept->capability & EPT_CAP_INVEPT_SINGLE_CONTEXT)
        return invept(INVEPT_SINGLE_CONTEXT, ept_pointer(ept));
    return invept(INVEPT_ALL_CONTEXT, 0);
}
