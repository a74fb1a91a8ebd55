/* sources: trace vmm/trace_ring.c */
/* SPDX-License-Identifier: MIT */
/*
 * The ring of one vCPU against a model: whatever the order of exits, markers and drains, what comes
 * out is what went in, with a lost record exactly where something is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/statistics.h"
#include "vmm/trace_ring.h"

enum { SMALLEST = 3, LARGEST = 400, STEPS = 4000, ROUNDS = 300 };

static struct trace_ring ring;
static struct statistics statistics;
static struct vcpu vcpu;
static struct trace_element *elements;

/* The model: every record that was generated has a number, which is its stamp. */
static uint64_t generated; /* elements */
static uint64_t records;   /* counted records */
static uint64_t timed;     /* exits with an entry */
static uint8_t *weight;    /* of the element with this number: its counted records */
static uint64_t expected;  /* number of the next element to come out */
static uint64_t decoded, lost;
static unsigned wrong; /* elements out of order, changed, or lost without a word */
static uint64_t seed = 5;

static void begin(size_t count)
{
    free(elements);
    free(weight);
    elements = calloc(count, sizeof(*elements));
    weight = calloc(3 * STEPS, 1);
    memset(&ring, 0, sizeof(ring));
    memset(&vcpu, 0, sizeof(vcpu));
    statistics_clear(&statistics);
    vcpu.id = 3;
    vcpu.statistics = &statistics;
    generated = records = timed = expected = decoded = lost = 0;
    trace_ring_init(&ring, &vcpu, elements, count, false);
}

static void number(unsigned counted)
{
    weight[generated++] = (uint8_t)counted;
    records += counted;
}

/* Takes the oldest element; checks it against what must come next. */
static bool drain_one(void)
{
    const struct trace_element *e = trace_ring_oldest(&vcpu);

    if (!e)
        return false;
    wrong += e->vcpu != 3;
    if (e->kind == TRACE_LOST) {
        uint64_t left = e->slot[0];

        wrong += e->exit_tsc != expected || !left;
        lost += left;
        while (left && expected < generated)
            left -= weight[expected] < left ? weight[expected] : left, expected++;
        wrong += left != 0;
    } else {
        wrong += e->exit_tsc != expected || e->slot[3] != ~expected ||
                 trace_records(e->kind) != weight[expected];
        decoded += trace_records(e->kind);
        expected++;
    }
    trace_ring_drop(&vcpu);
    return true;
}

/* What trace_commit() does, with the model's drain in the place of the port. */
static void commit(unsigned drains)
{
    if (vcpu.element + 1 < vcpu.element_limit) {
        vcpu.element++;
        return;
    }
    while (drains-- && drain_one())
        ;
    vcpu.element++;
    trace_ring_next(&vcpu);
}

static void exit_happens(void)
{
    memset(vcpu.element, 0xa5, sizeof(*vcpu.element));
    vcpu.element->vcpu = vcpu.id;
    vcpu.element->kind = TRACE_EXIT_ENTRY;
    vcpu.element->reason = 10;
}

static void stamp(uint64_t n)
{
    vcpu.element->exit_tsc = n;
    vcpu.element->entry_tsc = n + 7;
    vcpu.element->slot[3] = ~n;
}

/* The marker is stamped like its exit; for the model each takes a number of its own. */
static void marker(void)
{
    const uint64_t value[4] = { 1, 2, 3, ~generated };

    stamp(generated);
    number(1);
    trace_ring_marker(&vcpu, value);
}

static void step(unsigned drains, bool with_marker)
{
    exit_happens();
    if (with_marker)
        marker();
    stamp(generated);
    number(2);
    timed++;
    commit(drains);
}

static void drain_all(void)
{
    while (drain_one())
        ;
    exit_happens(); /* leftovers of the last exit are in hand: of no number, never committed */
    trace_ring_settle(&vcpu);
    while (drain_one())
        ;
}

static void check_balance(const char *what, size_t count)
{
    bool balanced = decoded + lost == records && ring.lost == lost && ring.sent == decoded &&
                    expected == generated && !wrong;

    ok(balanced && statistics.row[10].count == timed && statistics.row[10].sum == 7 * timed,
       "%s: %zu elements, %llu records, %llu of them lost", what, count,
       (unsigned long long)records, (unsigned long long)lost);
    if (!balanced)
        printf("# decoded %llu, ring says %llu sent, %llu lost; %llu of %llu seen; %u wrong\n",
               (unsigned long long)decoded, (unsigned long long)ring.sent,
               (unsigned long long)ring.lost, (unsigned long long)expected,
               (unsigned long long)generated, wrong);
    wrong = 0;
}

static void test_no_drain(void)
{
    begin(100);
    for (unsigned i = 0; i < 1000; i++)
        step(0, false);
    is(trace_ring_pending(&vcpu), 100, "a full ring holds as many elements as it has");
    drain_all();
    check_balance("nothing drained until the end", 100);
    is(lost, 2 * 900, "the rest is lost");
}

static void test_enough_drains(void)
{
    begin(200);
    for (unsigned i = 0; i < 3000; i++)
        step(64, i % 3 == 0);
    drain_all();
    check_balance("a drain that keeps up", 200);
    is(lost, 0, "loses nothing");
}

/* Pairs of marker and exit, so that it can be the marker that meets the limit each time. */
static void test_markers_at_the_limit(void)
{
    for (unsigned odd = 0; odd < 2; odd++) {
        begin(200);
        if (odd)
            step(200, false);
        for (unsigned i = 0; i < 1000; i++)
            step(200, true);
        drain_all();
        check_balance("markers alone at the limit", 200);
        is(lost, 0, "do not keep the drain from its turn");
    }
}

/* The last exit of a run, sent at once; the machine then goes on. */
static void last_exit(void)
{
    exit_happens();
    while (drain_one())
        ;
    stamp(generated);
    if (!trace_ring_settle(&vcpu))
        wrong++;
    while (drain_one())
        ;

    struct trace_element in_hand = *vcpu.element;

    vcpu.element->kind = TRACE_EXIT_ONLY;
    number(2);
    if (++vcpu.element == vcpu.element_limit)
        trace_ring_next(&vcpu);
    *vcpu.element = in_hand;
    trace_ring_set_aside(&vcpu);
    wrong += !trace_ring_pending(&vcpu);
    while (drain_one())
        ;
    commit(0);
}

static void test_last_exit(void)
{
    for (size_t before = 0; before < 140; before++) {
        begin(100);
        for (size_t i = 0; i < before; i++)
            step(0, false);
        last_exit();
        for (size_t i = 0; i < before; i++)
            step(i & 1, false);
        drain_all();
        if (wrong || decoded + lost != records || (before <= 100 && before >= 1 && decoded < 4))
            break;
        if (before == 139)
            check_balance("a last exit that was not the last", 100);
    }
    is(expected, generated, "the exit that ends the machine is never lost");
}

static void test_random(void)
{
    unsigned bad = 0, lossy = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t count = SMALLEST + random_below(&seed, LARGEST - SMALLEST);
        uint64_t eager = 1 + random_below(&seed, 130);

        begin(count);
        for (unsigned i = 0; i < STEPS; i++) {
            if (!random_below(&seed, 500))
                last_exit();
            step((unsigned)random_below(&seed, eager), !random_below(&seed, 5));
            if (!random_below(&seed, 50))
                drain_one(); /* at a timer's exit the drain comes in the middle */
        }
        drain_all();
        bad += decoded + lost != records || ring.lost != lost || ring.sent != decoded ||
               expected != generated || wrong || statistics.row[10].count != timed;
        lossy += lost != 0;
        if (bad == 1 && !lossy)
            check_balance("first bad round", count);
    }
    is(bad, 0, "%u random runs balance", ROUNDS);
    ok(lossy > ROUNDS / 4 && lossy < ROUNDS, "%u of them lost records", lossy);
}

int main(void)
{
    test_no_drain();
    test_enough_drains();
    test_markers_at_the_limit();
    test_last_exit();
    test_random();
    free(elements);
    free(weight);
    return tap_done();
}
