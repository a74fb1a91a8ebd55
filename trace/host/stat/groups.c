/* SPDX-License-Identifier: MIT */
/* Exits in groups, in bounded memory. */
#include "trace/host/stat/groups.h"

#include <stdlib.h>
#include <string.h>

bool groups_begin(struct groups *groups, const struct columns *columns)
{
    *groups = (struct groups){
        .columns = columns,
        .group = malloc(GROUPS_MAX * sizeof(*groups->group)),
        .table = calloc(GROUPS_TABLE, sizeof(*groups->table)),
        .chunk = malloc((GROUPS_CHUNKS + 1) * sizeof(*groups->chunk)),
        .free_chunk = malloc(GROUPS_CHUNKS * sizeof(*groups->free_chunk)),
        .other_times = calloc(1, sizeof(*groups->other_times)),
    };
    return groups->group && groups->table && groups->chunk && groups->free_chunk &&
           groups->other_times;
}

void groups_clear(struct groups *groups)
{
    memset(groups->table, 0, GROUPS_TABLE * sizeof(*groups->table));
    memset(groups->other_times, 0, sizeof(*groups->other_times));
    groups->n = groups->chunks = groups->free_chunks = 0;
    groups->other = (struct group){ 0 };
    groups->foldings = groups->folded_count = groups->folded_ticks = 0;
}

void groups_free(struct groups *groups)
{
    free(groups->group);
    free(groups->table);
    free(groups->chunk);
    free(groups->free_chunk);
    free(groups->other_times);
}

/* What a group's place in the table depends on. */
struct key {
    uint64_t value[GROUP_COLUMNS];
    uint8_t present;
};

static unsigned hash(const struct groups *groups, const uint64_t *value, uint8_t present)
{
    uint64_t mix = present;

    for (unsigned i = 0; i < groups->columns->n; i++) {
        mix = (mix ^ value[i]) * 0x9e3779b97f4a7c15u;
        mix ^= mix >> 29;
    }
    _Static_assert(GROUPS_TABLE == 1 << 16, "the hash has sixteen bits");
    return (unsigned)(mix * 0x9e3779b97f4a7c15u >> 48);
}

static bool has_key(const struct groups *groups, const struct group *group, const struct key *key)
{
    for (unsigned i = 0; i < groups->columns->n; i++)
        if (group->value[i] != key->value[i])
            return false;
    return group->present == key->present;
}

/* Enters group number n (from 0), whose key is not in the table. */
static void enter(struct groups *groups, unsigned n)
{
    const struct group *group = &groups->group[n];
    unsigned place = hash(groups, group->value, group->present);

    while (groups->table[place])
        place = (place + 1) % GROUPS_TABLE;
    groups->table[place] = (uint16_t)(n + 1);
}

/* Folding */

void groups_times(const struct groups *groups, const struct group *group, struct histogram *times)
{
    for (unsigned octave = 0; octave < GROUP_OCTAVES; octave++) {
        const struct group_chunk *chunk = &groups->chunk[group->chunk[octave]];

        for (unsigned i = 0; group->chunk[octave] && i < HISTOGRAM_STEPS; i++) {
            times->bucket[octave * HISTOGRAM_STEPS + i] += chunk->count[i];
            times->count += chunk->count[i];
        }
    }
}

void group_merge(struct group *to, const struct group *from)
{
    if (from->count > from->stopped) {
        if (to->count == to->stopped || from->min < to->min)
            to->min = from->min;
        if (from->max > to->max)
            to->max = from->max;
    }
    to->count += from->count;
    to->stopped += from->stopped;
    to->sum += from->sum;
}

static void fold(struct groups *groups, struct group *group)
{
    groups_times(groups, group, groups->other_times);
    group_merge(&groups->other, group);
    for (unsigned octave = 0; octave < GROUP_OCTAVES; octave++)
        if (group->chunk[octave])
            groups->free_chunk[groups->free_chunks++] = group->chunk[octave];
    groups->foldings++;
}

static const struct group *sorted;

static int heavier(uint64_t a, uint64_t b)
{
    return (a < b) - (a > b);
}

static int by_count(const void *left, const void *right)
{
    return heavier(sorted[*(const uint16_t *)left].count, sorted[*(const uint16_t *)right].count);
}

static int by_time(const void *left, const void *right)
{
    return heavier(sorted[*(const uint16_t *)left].sum, sorted[*(const uint16_t *)right].sum);
}

static unsigned chunks_of(const struct group *group)
{
    unsigned n = 0;

    for (unsigned octave = 0; octave < GROUP_OCTAVES; octave++)
        n += group->chunk[octave] != 0;
    return n;
}

/* Marks the heaviest groups, down to an eighth of the places and of the chunks. */
static void keep_heaviest(struct groups *groups, int (*order)(const void *, const void *),
                          bool keep[GROUPS_MAX])
{
    static uint16_t number[GROUPS_MAX];
    unsigned chunks = 0;

    for (unsigned i = 0; i < groups->n; i++)
        number[i] = (uint16_t)i;
    sorted = groups->group;
    qsort(number, groups->n, sizeof(number[0]), order);
    for (unsigned i = 0; i < groups->n && i < GROUPS_MAX / 8; i++) {
        chunks += chunks_of(&groups->group[number[i]]);
        if (chunks > GROUPS_CHUNKS / 8)
            break;
        keep[number[i]] = true;
    }
}

static uint64_t max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Makes room: at least three quarters of the places and of the chunks are free afterwards. */
static void fold_lightest(struct groups *groups)
{
    static bool keep[GROUPS_MAX];
    unsigned kept = 0;
    uint64_t count = 0, ticks = 0;

    memset(keep, 0, sizeof(keep));
    keep_heaviest(groups, by_count, keep);
    keep_heaviest(groups, by_time, keep);
    memset(groups->table, 0, GROUPS_TABLE * sizeof(*groups->table));
    for (unsigned i = 0; i < groups->n; i++)
        if (!keep[i]) {
            count = max(count, groups->group[i].count);
            ticks = max(ticks, groups->group[i].sum);
            fold(groups, &groups->group[i]);
        } else {
            groups->group[kept] = groups->group[i];
            enter(groups, kept++);
        }
    groups->n = kept;
    /* A group can be folded each time. */
    groups->folded_count += count;
    groups->folded_ticks += ticks;
}

/* Counting */

static struct group *find(struct groups *groups, const struct key *key, unsigned row)
{
    unsigned place = hash(groups, key->value, key->present);

    for (; groups->table[place]; place = (place + 1) % GROUPS_TABLE) {
        struct group *group = &groups->group[groups->table[place] - 1];

        if (has_key(groups, group, key))
            return group;
    }
    if (groups->n == GROUPS_MAX)
        fold_lightest(groups);

    struct group *group = &groups->group[groups->n];

    *group = (struct group){ .row = (uint16_t)row,
                             .present = key->present,
                             .lacks_count = groups->folded_count,
                             .lacks_ticks = groups->folded_ticks };
    memcpy(group->value, key->value, sizeof(group->value));
    enter(groups, groups->n++);
    return group;
}

/* The chunk of a group's histogram. NULL: none is left. */
static struct group_chunk *chunk_of(struct groups *groups, struct group *group, unsigned octave)
{
    if (!group->chunk[octave]) {
        if (groups->free_chunks)
            group->chunk[octave] = groups->free_chunk[--groups->free_chunks];
        else if (groups->chunks < GROUPS_CHUNKS)
            group->chunk[octave] = (uint16_t)++groups->chunks;
        else
            return NULL;
        memset(&groups->chunk[group->chunk[octave]], 0, sizeof(groups->chunk[0]));
    }
    return &groups->chunk[group->chunk[octave]];
}

static void add_time(struct group *group, uint64_t ticks)
{
    group->sum += ticks;
    if (group->count - group->stopped == 1 || ticks < group->min)
        group->min = ticks;
    if (ticks > group->max)
        group->max = ticks;
}

void groups_add(struct groups *groups, const struct trace_element *element)
{
    uint64_t ticks = element->entry_tsc - element->exit_tsc;
    unsigned row = columns_row(element), bucket = histogram_bucket(ticks);
    struct key key = { .present = 0 };

    for (unsigned i = 0; i < groups->columns->n; i++)
        if (column_value(&groups->columns->column[i], element, row, &key.value[i]))
            key.present |= (uint8_t)(1 << i);

    struct group *group = find(groups, &key, row);

    group->mixed |= group->row != row;
    if (element->kind != TRACE_EXIT_ENTRY) {
        group->count++;
        group->stopped++;
        return;
    }

    struct group_chunk *chunk = chunk_of(groups, group, bucket / HISTOGRAM_STEPS);

    if (!chunk) {
        fold_lightest(groups);
        group = find(groups, &key, row);
        chunk = chunk_of(groups, group, bucket / HISTOGRAM_STEPS);
    }
    group->count++;
    add_time(group, ticks);
    chunk->count[bucket % HISTOGRAM_STEPS]++;
}
