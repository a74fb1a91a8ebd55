/* sources: trace/host/diff/align.c trace/host/diff/align_edits.c trace/host/diff/align_stretch.c */
/* SPDX-License-Identifier: MIT */
/* Aligning: nothing is left out or told twice, and what is told the same is the same. */
#include "trace/host/diff/align.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"

enum { LENGTH = 1000 * 1000, SHORT = 24 };

static uint64_t seed = 5;

/* A sequence in memory, handed over in batches of random size. */
struct sequence {
    struct align_side side;
    uint64_t n;
    uint64_t token[LENGTH];
};

static struct sequence a, b;
static uint64_t ring[2][ALIGN_WINDOW];

static struct result {
    bool good;
    uint64_t at[2], same, only[2], places;
    bool touching;
} result;

static void fetch(struct align_side *side)
{
    struct sequence *s = side->context;
    uint64_t batch = 1 + random_below(&seed, ALIGN_BATCH);

    side->over = side->fetched == s->n;
    for (; batch && side->fetched < s->n; batch--, side->fetched++)
        side->ring[side->fetched % ALIGN_WINDOW] = s->token[side->fetched];
}

static void same(void *context, uint64_t at_a, uint64_t at_b, uint64_t n)
{
    struct result *r = context;

    if (at_a != r->at[0] || at_b != r->at[1] ||
        memcmp(&a.token[at_a], &b.token[at_b], n * sizeof(a.token[0])) != 0)
        r->good = false;
    for (uint64_t i = 0; i < n; i++)
        if (align_token(&a.side, at_a + i) != a.token[at_a + i])
            r->good = false; /* it has left the ring already */
    r->at[0] += n;
    r->at[1] += n;
    r->same += n;
    r->touching = false;
}

static void differ(void *context, uint64_t at_a, uint64_t na, uint64_t at_b, uint64_t nb)
{
    struct result *r = context;

    if (at_a != r->at[0] || at_b != r->at[1])
        r->good = false;
    r->at[0] += na;
    r->at[1] += nb;
    r->only[0] += na;
    r->only[1] += nb;
    r->places += !r->touching;
    r->touching = true;
}

/* Aligns a and b. Whether what was told covers both whole. */
static bool run(void)
{
    struct align_events events = { &result, same, differ };

    a.side = (struct align_side){ .context = &a, .ring = ring[0], .fetch = fetch };
    b.side = (struct align_side){ .context = &b, .ring = ring[1], .fetch = fetch };
    result = (struct result){ .good = true };
    return align(&a.side, &b.side, &events) && result.good && result.at[0] == a.n &&
           result.at[1] == b.n;
}

static void append(struct sequence *s, const uint64_t *token, uint64_t n)
{
    memcpy(&s->token[s->n], token, n * sizeof(*token));
    s->n += n;
}

/* New tokens for one sequence alone. */
static void append_new(struct sequence *s, uint64_t n)
{
    while (n--)
        s->token[s->n++] = random_next(&seed);
}

/* The same n new tokens for both. */
static void append_both(uint64_t n)
{
    uint64_t from = a.n;

    append_new(&a, n);
    append(&b, &a.token[from], n);
}

static void begin(void)
{
    a.n = b.n = 0;
}

/* The length of the longest common subsequence. */
static uint64_t longest(void)
{
    static uint64_t best[SHORT + 1][SHORT + 1];

    for (uint64_t i = 1; i <= a.n; i++)
        for (uint64_t j = 1; j <= b.n; j++) {
            uint64_t up = best[i - 1][j], left = best[i][j - 1];

            best[i][j] = a.token[i - 1] == b.token[j - 1] ? best[i - 1][j - 1] + 1
                         : up > left                      ? up
                                                          : left;
        }
    return best[a.n][b.n];
}

static void test_short(void)
{
    unsigned wrong = 0, longer = 0;

    for (int round = 0; round < 1000; round++) {
        uint64_t alphabet = 1 + random_below(&seed, 4);

        begin();
        for (uint64_t n = random_below(&seed, SHORT + 1); n; n--)
            a.token[a.n++] = random_below(&seed, alphabet);
        for (uint64_t n = random_below(&seed, SHORT + 1); n; n--)
            b.token[b.n++] = random_below(&seed, alphabet);
        wrong += !run();
        longer += result.same != longest();
    }
    is(wrong, 0, "short sequences: all of both is told once, in order");
    is(longer, 0, "and as much as can be is the same");
}

static void test_edits(void)
{
    begin();
    for (int i = 0; i < 5000; i++) {
        append_both(100);
        append_new(&a, random_below(&seed, 3));
        append_new(&b, random_below(&seed, 3));
    }

    uint64_t shared = 5000 * 100;

    ok(run(), "small differences all over: all of both is told");
    is(result.same, shared, "all that is the same is found");
}

static void test_large(void)
{
    begin();
    append_both(300);
    append_new(&a, 5000);
    append_both(100000);
    append_new(&b, 20000);
    append_both(100000);
    append_new(&a, 3000);
    append_new(&b, 1000);
    append_both(100000);
    append_new(&a, 100000);
    append_both(1000);
    ok(run(), "thousands added, removed, replaced: all of both is told");
    is(result.same, 301300, "all that is the same is found");
    is(result.places, 4, "in as many places as there are");
    is(result.only[0], 108000, "only in the first");
    is(result.only[1], 21000, "only in the second");
}

/* Polling loops that run longer in one of two runs. */
static void test_loops(void)
{
    static const uint64_t loop[] = { 1, 2, 1, 3 };
    uint64_t shared = 0;

    begin();
    for (int i = 0; i < 100; i++) {
        uint64_t rounds[2] = { 1000, 1000 };

        rounds[0] += random_below(&seed, 800);
        for (uint64_t r = 0; r < rounds[0]; r++)
            append(&a, loop, 4);
        for (uint64_t r = 0; r < rounds[1]; r++)
            append(&b, loop, 4);
        append_both(50);
        shared += 4 * 1000 + 50;
    }
    ok(run(), "loops that run longer: all of both is told");
    is(result.same, shared, "all that is the same is found");
    is(result.places, 100, "a place for each loop");
}

static void test_extremes(void)
{
    begin();
    ok(run() && result.same == 0 && result.places == 0, "two empty sequences");
    append_new(&a, 5000);
    ok(run() && result.only[0] == 5000 && result.places == 1, "an empty second one");
    append(&b, a.token, 5000);
    a.n = 0;
    ok(run() && result.only[1] == 5000 && result.places == 1, "an empty first one");
    begin();
    append_both(LENGTH);
    ok(run() && result.same == LENGTH && result.places == 0, "a million that are the same");
    begin();
    append_new(&a, 400000);
    append_new(&b, 300000);
    ok(run() && result.same == 0, "nothing the same");
    is(result.places, 1, "is one place");
    begin();
    append_both(10);
    append_new(&a, 3 * ALIGN_WINDOW);
    append_both(100000);
    ok(run() && result.same >= 10, "more than is within reach: all of both is told");
    begin();
    for (int i = 0; i < 20000; i++) {
        append_both(1);
        append_new(&a, 1);
        append_new(&b, 1);
    }
    ok(run() && result.same == 20000, "every second one differs: the others are found");
}

int main(void)
{
    test_short();
    test_edits();
    test_large();
    test_loops();
    test_extremes();
    return tap_done();
}
