/* SPDX-License-Identifier: MIT */
/* Which of many streams has the earliest record. */
#include "trace/host/import/merge.h"

static bool before(const struct merge_stream *a, const struct merge_stream *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

void merge_add(struct merge *merge, unsigned number, uint64_t time)
{
    const struct merge_stream added = { time, number };
    unsigned i = merge->used++;

    for (; i && before(&added, &merge->stream[(i - 1) / 2]); i = (i - 1) / 2)
        merge->stream[i] = merge->stream[(i - 1) / 2];
    merge->stream[i] = added;
}

bool merge_first(const struct merge *merge, unsigned *number)
{
    *number = merge->stream[0].number;
    return merge->used > 0;
}

/* Finds a place for a stream, from the first one on. */
static void settle(struct merge *merge, struct merge_stream stream)
{
    unsigned i = 0, next;

    while ((next = 2 * i + 1) < merge->used) {
        if (next + 1 < merge->used && before(&merge->stream[next + 1], &merge->stream[next]))
            next++;
        if (!before(&merge->stream[next], &stream))
            break;
        merge->stream[i] = merge->stream[next];
        i = next;
    }
    merge->stream[i] = stream;
}

void merge_next(struct merge *merge, uint64_t time)
{
    settle(merge, (struct merge_stream){ time, merge->stream[0].number });
}

void merge_drop(struct merge *merge)
{
    if (--merge->used)
        settle(merge, merge->stream[merge->used]);
}
