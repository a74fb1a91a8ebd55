/* sources: trace trace/host/timeline/levels.c */
/* SPDX-License-Identifier: MIT */
/* Levels of detail: every level has all there is, in nodes that follow each other in time. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/synthetic.h"
#include "tests/unit/tap.h"
#include "trace/exit_reasons.h"
#include "trace/host/timeline/levels.h"

/* The sum of a level's nodes. */
static struct sum {
    unsigned nodes, reasons;
    uint64_t length, guest, unknown, markers, lost, exits, ticks, longest;
} sum[LEVELS];

static unsigned too_early; /* nodes that came before their children */
static struct levels levels;

static void take(void *context, unsigned level, const struct level_node *node)
{
    struct sum *to = &sum[level];

    (void)context;
    to->nodes++;
    to->guest += node->guest;
    to->unknown += node->unknown;
    to->markers += node->markers;
    to->lost += node->lost;
    to->length += node->guest + node->unknown;
    for (unsigned i = 0; i < node->reasons; i++) {
        const struct level_reason *reason = &node->reason[node->row[i]];

        to->reasons++;
        to->exits += reason->count;
        to->ticks += reason->ticks;
        to->length += reason->ticks;
        if (reason->longest > to->longest)
            to->longest = reason->longest;
    }
    if (level && sum[level - 1].exits < to->exits)
        too_early++;
}

static void begin(void)
{
    memset(sum, 0, sizeof(sum));
    too_early = 0;
    levels_begin(&levels, take, NULL);
}

static void add(uint8_t kind, uint32_t reason, uint64_t exit_tsc, uint64_t entry_tsc,
                uint64_t value)
{
    levels_add(&levels, &(struct trace_element){ .kind = kind,
                                                 .reason = reason,
                                                 .exit_tsc = exit_tsc,
                                                 .entry_tsc = entry_tsc,
                                                 .slot = { value } });
}

static void test_one_leaf(void)
{
    begin();
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 1000, 1100, 0);
    add(TRACE_MARKER, 0, 1150, 0, 7);
    add(TRACE_EXIT_ENTRY, EXIT_REASON_HLT, 1200, 1230, 0);
    add(TRACE_LOST, 0, 1300, 0, 12);
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 1400, 1401, 0);
    add(TRACE_EXIT_ONLY, EXIT_REASON_CPUID, 1450, 0, 0);
    is(sum[0].nodes, 0, "a leaf is open until it is full");
    levels_finish(&levels);
    is(sum[0].nodes, 1, "or until the end");
    is(levels.start, 1000, "time begins with the first element");
    is(levels.now, 1450, "and ends with the last one");
    is(sum[0].length, 450, "a leaf is as long as the time between");
    is(sum[0].guest, 50 + 50 + 70 + 49, "time in the guest");
    is(sum[0].unknown, 100, "time after a lost record is unknown");
    is(sum[0].ticks, 100 + 30 + 1, "time in the VMM");
    is(sum[0].longest, 100, "the longest exit");
    is(sum[0].exits, 4, "an exit that ended the run is one");
    is(sum[0].reasons, 2, "reasons that came");
    is(sum[0].markers, 1, "a marker");
    is(sum[0].lost, 12, "lost records");
}

static void test_disorder(void)
{
    begin();
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 1000, 2000, 0);
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 500, 600, 0);
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 1900, 2100, 0);
    add(TRACE_EXIT_ENTRY, EXIT_REASON_CPUID, 2200, 2150, 0);
    levels_finish(&levels);
    is(levels.now, 2200, "elements in disorder do not turn time back");
    is(sum[0].length, 1200, "nor do they count it twice");
    is(sum[0].ticks, 1100, "they take the time that is left to them");
    is(sum[0].exits, 4, "and are counted");
}

static void test_wild(void)
{
    uint64_t seed = 3;

    begin();
    for (int i = 0; i < 20000; i++)
        add((uint8_t)random_below(&seed, TRACE_KINDS), (uint32_t)random_wild(&seed),
            random_wild(&seed), random_wild(&seed), random_wild(&seed));
    levels_finish(&levels);
    is(sum[0].length, levels.now - levels.start, "wild stamps and reasons: time adds up");
    is(sum[5].exits, sum[0].exits, "and so do exits");
}

/* Every level of a long trace, cut here and there as by frames that were full. */
static void test_levels(unsigned elements, bool cuts)
{
    struct synthetic synthetic = { .random = 1, .tsc = 5000, .jitter = 9 };
    struct trace_element element;
    uint64_t seed = 11;
    bool same = true;

    begin();
    for (unsigned i = 0; i < elements; i++) {
        synthetic_next(&synthetic, &element);
        if (cuts && random_below(&seed, 700) == 0)
            levels_cut(&levels);
        levels_add(&levels, &element);
    }
    levels_finish(&levels);
    for (unsigned i = 0; i < LEVELS; i++)
        same &= sum[i].length == levels.now - levels.start && sum[i].exits == elements &&
                sum[i].ticks == sum[0].ticks && sum[i].longest == sum[0].longest;
    ok(same, "%u elements%s: each level has all of them", elements, cuts ? " with cuts" : "");
    is(too_early, 0, "children come before their parents");
    is(sum[LEVELS - 1].nodes, 1, "the highest level is one node");
    if (!cuts)
        is(sum[0].nodes, (elements + LEVELS_LEAF - 1) / LEVELS_LEAF, "leaves are full");
    if (!cuts)
        is(sum[1].nodes, (sum[0].nodes + LEVELS_FANOUT - 1) / LEVELS_FANOUT, "so are groups");
}

int main(void)
{
    test_one_leaf();
    test_disorder();
    test_wild();
    test_levels(1, false);
    test_levels(LEVELS_LEAF * LEVELS_FANOUT * LEVELS_FANOUT, false);
    test_levels(100000, false);
    test_levels(100000, true);
    return tap_done();
}
