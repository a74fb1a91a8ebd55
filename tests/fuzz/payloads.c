/* sources: trace trace/host/show/schema.c */
/* longest: 600 */
/* SPDX-License-Identifier: MIT */
/*
 * What a frame holds beside elements: the first byte says whether the others are a START, an END or
 * a STATISTICS payload. What can be read is written again, and must come back.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "trace/end.h"
#include "trace/host/show/schema.h"
#include "trace/start.h"
#include "trace/statistics.h"

static void try_start(const char *payload, size_t n)
{
    static struct trace_start start, again;
    static struct schema schema;
    static char text[START_PAYLOAD_MAX];

    schema_begin(&schema);
    schema_read(&schema, payload, n);
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++)
        FUZZ_REQUIRE(strlen(schema_name(&schema.row[i])) <= SCHEMA_NAME);
    if (!start_decode(payload, n, &start))
        return;
    n = start_encode(text, sizeof(text), &start);
    FUZZ_REQUIRE(n && start_decode(text, n, &again));
    FUZZ_REQUIRE(start.tsc_hz == again.tsc_hz && start.vcpus == again.vcpus);
}

static void try_end(const char *payload, size_t n)
{
    static struct trace_end end, again;
    static char text[END_PAYLOAD_MAX];

    if (!end_decode(payload, n, &end))
        return;
    n = end_encode(text, sizeof(text), &end);
    FUZZ_REQUIRE(n && end_decode(text, n, &again));
    FUZZ_REQUIRE(end.status == again.status && end.vcpus == again.vcpus);
    FUZZ_REQUIRE(!memcmp(end.vcpu, again.vcpu, sizeof(end.vcpu)));
}

static void try_statistics(const uint8_t *payload, size_t n)
{
    static struct statistics statistics, again;
    static uint8_t bytes[STATISTICS_PAYLOAD_MAX];
    uint16_t vcpu, vcpu_again;

    if (!statistics_decode(payload, n, &vcpu, &statistics))
        return;
    n = statistics_encode(bytes, sizeof(bytes), vcpu, &statistics);
    FUZZ_REQUIRE(n && statistics_decode(bytes, n, &vcpu_again, &again) && vcpu == vcpu_again);
    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *row = &statistics.row[i];

        FUZZ_REQUIRE(row->count == again.row[i].count);
        for (unsigned per_mille = 0; per_mille <= 1000; per_mille += 125)
            FUZZ_REQUIRE(statistics_percentile(row, per_mille) <= row->max || !row->count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    switch (*data) {
    case 0:
        try_start((const char *)data + 1, size - 1);
        break;
    case 1:
        try_end((const char *)data + 1, size - 1);
        break;
    case 2:
        try_statistics(data + 1, size - 1);
        break;
    }
    return 0;
}
