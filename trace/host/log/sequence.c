/* SPDX-License-Identifier: MIT */
/* Sequence numbers of frames or lines. */
#include "trace/host/log/sequence.h"

#include <string.h>

void sequence_begin(struct sequence *sequence, unsigned bits)
{
    memset(sequence, 0, sizeof(*sequence));
    sequence->bits = bits;
}

/* The number nearest to the expected one that the wire shows as `number`. */
static uint64_t unwrap(const struct sequence *sequence, uint32_t number)
{
    unsigned shift = 32 - sequence->bits;
    int32_t distance = (int32_t)((number - (uint32_t)sequence->expected) << shift) >> shift;

    return sequence->expected + (uint64_t)(int64_t)distance;
}

static void remember(struct sequence *sequence, uint64_t number, uint32_t checksum)
{
    uint64_t place = sequence->seen++ % SEQUENCE_RECENT;

    sequence->recent[place].number = number;
    sequence->recent[place].checksum = checksum;
}

static bool came_before(const struct sequence *sequence, uint64_t number, uint32_t checksum)
{
    uint64_t places = sequence->seen < SEQUENCE_RECENT ? sequence->seen : SEQUENCE_RECENT;

    for (uint64_t i = 0; i < places; i++)
        if (sequence->recent[i].number == number && sequence->recent[i].checksum == checksum)
            return true;
    return false;
}

/* Forgets the oldest range when all places are taken. */
static void insert_range(struct sequence *sequence, unsigned at, struct sequence_range range)
{
    if (sequence->ranges == SEQUENCE_RANGES) {
        memmove(&sequence->range[0], &sequence->range[1],
                (SEQUENCE_RANGES - 1) * sizeof(sequence->range[0]));
        sequence->ranges--;
        at = at ? at - 1 : 0;
    }
    memmove(&sequence->range[at + 1], &sequence->range[at],
            (sequence->ranges - at) * sizeof(sequence->range[0]));
    sequence->range[at] = range;
    sequence->ranges++;
}

static void remove_range(struct sequence *sequence, unsigned at)
{
    sequence->ranges--;
    memmove(&sequence->range[at], &sequence->range[at + 1],
            (sequence->ranges - at) * sizeof(sequence->range[0]));
}

/* Takes a number out of the gap that it is in. False where it is in none. */
static bool fill_gap(struct sequence *sequence, uint64_t number)
{
    for (unsigned i = 0; i < sequence->ranges; i++) {
        struct sequence_range range = sequence->range[i];

        if (number < range.first || number > range.last)
            continue;
        remove_range(sequence, i);
        if (number < range.last)
            insert_range(sequence, i, (struct sequence_range){ number + 1, range.last });
        if (number > range.first)
            insert_range(sequence, i, (struct sequence_range){ range.first, number - 1 });
        return true;
    }
    return false;
}

enum sequence_result sequence_take(struct sequence *sequence, uint32_t number, uint32_t checksum,
                                   struct sequence_range *gap)
{
    uint64_t full = unwrap(sequence, number);
    enum sequence_result result = SEQUENCE_NEXT;

    /* Below the expected one, numbers before the run's first wrap around to very large ones. */
    if ((int64_t)(full - sequence->expected) < 0) {
        if (came_before(sequence, full, checksum))
            return SEQUENCE_TWICE;
        if (fill_gap(sequence, full)) {
            remember(sequence, full, checksum);
            return SEQUENCE_LATE;
        }
        if (sequence->bits == 32)
            return SEQUENCE_FOREIGN;
        full += 1ULL << sequence->bits;
    }
    if (full != sequence->expected) {
        *gap = (struct sequence_range){ sequence->expected, full - 1 };
        insert_range(sequence, sequence->ranges, *gap);
        result = SEQUENCE_GAP;
    }
    remember(sequence, full, checksum);
    sequence->expected = full + 1;
    return result;
}
