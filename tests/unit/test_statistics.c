/* sources: trace */
/* SPDX-License-Identifier: MIT */
/* Statistics: the figures, the payload, and that decoded elements give the VMM's own ones. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/synthetic.h"
#include "tests/unit/tap.h"
#include "trace/statistics.h"
#include "trace/wire.h"
#include "trace/wire_decoder.h"
#include "trace/wire_encoder.h"

static struct statistics own, other;
static uint8_t payload[STATISTICS_PAYLOAD_MAX];
static uint64_t seed = 11;

static void test_figures(void)
{
    const struct statistics_row *row = &own.row[EXIT_REASON_HLT];

    statistics_clear(&own);
    is(row->min, UINT64_MAX, "no minimum at first");
    is(statistics_percentile(row, 500), 0, "no median either");
    statistics_add(&own, EXIT_REASON_HLT, 0);
    statistics_add(&own, EXIT_REASON_HLT, 1);
    statistics_add(&own, EXIT_REASON_HLT, 1024);
    statistics_add(&own, 0x80000000 | EXIT_REASON_HLT, 1500);
    ok(row->count == 4 && row->sum == 2525 && row->min == 0 && row->max == 1500,
       "count, sum, minimum, maximum; by the basic reason");
    ok(row->bucket[0] == 2 && row->bucket[10] == 2, "0 and 1 share the first bucket");
    is(statistics_percentile(row, 500), 1, "the median is a bucket's upper bound");
    is(statistics_percentile(row, 510), 1500, "no bound is above the maximum");
    is(statistics_percentile(row, 1000), 1500, "nor the last one");
    statistics_add(&own, EXIT_REASONS, 5);
    statistics_add(&own, 0xffff, UINT64_MAX);
    ok(own.row[EXIT_REASONS].count == 2 && own.row[EXIT_REASONS].bucket[63] == 1,
       "unknown reasons share the last row");
}

static void fill(struct statistics *statistics, unsigned n)
{
    statistics_clear(statistics);
    while (n--)
        statistics_add(statistics, (uint32_t)random_below(&seed, EXIT_REASONS + 4),
                       random_wild(&seed));
}

static void test_payload(void)
{
    uint16_t vcpu = 0;
    unsigned refused = 0;

    fill(&own, 100000);

    size_t n = statistics_encode(payload, sizeof(payload), 513, &own);

    ok(n > 0 && statistics_decode(payload, n, &vcpu, &other) && vcpu == 513 &&
           !memcmp(&own, &other, sizeof(own)),
       "statistics come back from %zu bytes", n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        static struct statistics got;

        memcpy(exact, payload, cut);
        refused +=
            !statistics_decode(exact, cut, &vcpu, &got) || memcmp(&got, &own, sizeof(got)) != 0;
        free(exact);
    }
    is(refused, n, "a cut payload never passes for the whole");
    for (unsigned i = 0; i < 20000; i++) {
        payload[random_below(&seed, n)] = (uint8_t)random_next(&seed);
        statistics_decode(payload, n, &vcpu, &other);
    }
    ok(true, "forged payloads are survived");
    is(statistics_encode(payload, 400, 0, &own), 0, "no room, no payload");
    statistics_clear(&own);
    n = statistics_encode(payload, sizeof(payload), 2, &own);
    ok(n == 1 && statistics_decode(payload, n, &vcpu, &other) && vcpu == 2 &&
           !memcmp(&own, &other, sizeof(own)),
       "empty statistics come back");
    memset(&own, 0xff, sizeof(own));
    n = statistics_encode(payload, sizeof(payload), 65535, &own);
    ok(n > 0 && n <= WIRE_BODY_MAX - 4 && statistics_decode(payload, n, &vcpu, &other) &&
           !memcmp(&own, &other, sizeof(own)),
       "the largest statistics fit into a frame");
}

/* A sender whose table is longer than this one's. */
static void test_newer_payload(void)
{
    static const uint8_t newer[] = { 3, 10, 1, 7,    7,    7, 2, 1, 1, 0x80 | 100, 1, 1, 4, 4, 4,
                                     2, 1,  1, 0xff, 0xff, 3, 2, 8, 3, 5,          1, 2, 1, 1 };
    const struct statistics_row *rest = &other.row[EXIT_REASONS];
    uint16_t vcpu;

    ok(statistics_decode(newer, sizeof(newer), &vcpu, &other) && vcpu == 3 &&
           other.row[EXIT_REASON_CPUID].count == 1,
       "a payload with reasons of a newer table is read");
    ok(rest->count == 3 && rest->sum == 12 && rest->min == 3 && rest->max == 5 &&
           rest->bucket[1] == 1 && rest->bucket[2] == 2,
       "its reasons that this table does not have are summed up as others");
}

/* What the VMM counts as it goes equals what a reader counts from the frames. */
static void test_equality(void)
{
    static struct wire_encoder encoder;
    static struct wire_decoder reader;
    static uint8_t frame[4096];
    struct synthetic s = { .random = 9, .jitter = 100 };
    struct trace_element e;
    struct wire_frame found;
    bool more = true;

    statistics_clear(&own);
    statistics_clear(&other);
    for (unsigned frames = 0; frames < 50; frames++) {
        wire_begin(&encoder, frame, sizeof(frame), frames, 0, 0);
        for (;;) {
            if (more)
                synthetic_next(&s, &e);
            more = wire_add(&encoder, &e);
            if (!more)
                break;
            statistics_add(&own, e.reason, e.entry_tsc - e.exit_tsc);
        }
        if (wire_parse(frame, wire_finish(&encoder), &found) != WIRE_FOUND)
            break;

        struct trace_element got;

        wire_read_begin(&reader, &found);
        while (wire_read(&reader, &got) == WIRE_ELEMENT)
            statistics_add(&other, got.reason, got.entry_tsc - got.exit_tsc);
    }
    ok(own.row[EXIT_REASON_PAUSE].count > 1000 && !memcmp(&own, &other, sizeof(own)),
       "statistics of the decoded elements equal those of the encoded ones");
}

int main(void)
{
    test_figures();
    test_payload();
    test_newer_payload();
    test_equality();
    return tap_done();
}
