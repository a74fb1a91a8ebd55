/* sources: trace/host/import/merge.c */
/* SPDX-License-Identifier: MIT */
/* The streams of a trace's CPUs come in the order of time, whatever their times are. */
#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/import/merge.h"

enum { ROUNDS = 200, RECORDS = 50 };

static uint64_t seed = 9;

/* Streams with records at random times, a few of them equal, each from the front. */
static struct {
    uint64_t time[RECORDS];
    unsigned at, n;
} stream[MERGE_STREAMS];

/* The stream whose next record is the earliest, by looking at all of them. */
static bool look(unsigned streams, unsigned *number)
{
    bool found = false;

    for (unsigned i = 0; i < streams; i++) {
        if (stream[i].at == stream[i].n)
            continue;
        if (!found || stream[i].time[stream[i].at] < stream[*number].time[stream[*number].at])
            *number = i;
        found = true;
    }
    return found;
}

static unsigned merge_differs(unsigned streams)
{
    static struct merge merge;
    unsigned wrong = 0, number, expected = 0;

    merge = (struct merge){ 0 };
    for (unsigned i = 0; i < streams; i++) {
        stream[i].at = 0;
        stream[i].n = (unsigned)random_below(&seed, RECORDS + 1);
        for (unsigned r = 0; r < stream[i].n; r++)
            stream[i].time[r] = random_below(&seed, 1000);
        if (stream[i].n)
            merge_add(&merge, i, stream[i].time[0]);
    }
    while (merge_first(&merge, &number)) {
        wrong += !look(streams, &expected) || number != expected;
        if (++stream[number].at < stream[number].n)
            merge_next(&merge, stream[number].time[stream[number].at]);
        else
            merge_drop(&merge);
    }
    return wrong + look(streams, &expected);
}

int main(void)
{
    unsigned wrong = 0;

    for (unsigned i = 0; i < ROUNDS; i++)
        wrong += merge_differs(i % 20);
    is(wrong, 0, "up to 19 streams: always the earliest, of equals that with the lower number");
    is(merge_differs(MERGE_STREAMS), 0, "as many as there can be");
    return tap_done();
}
