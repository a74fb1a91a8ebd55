/* sources: trace trace/host/show/record_line.c trace/host/show/schema.c */
/* SPDX-License-Identifier: MIT */
/* The tool's fast lines are the same text as the VMM's; names come from the log if it has them. */
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/show/record_line.h"
#include "trace/start.h"
#include "trace/text.h"

static struct schema schema;
static uint64_t seed = 3;
static char expected[TEXT_ELEMENT_MAX], got[RECORD_LINE_ROOM];

static bool same(const struct trace_element *element, bool no_time)
{
    size_t n = text_element(expected, sizeof(expected), element, no_time ? TEXT_NO_TIME : 0);
    size_t length = record_line(got, &schema, element, no_time);

    got[length] = '\0';
    if (length == n && memcmp(got, expected, n) == 0)
        return true;
    printf("# got      %s# expected %s", got, expected);
    return false;
}

static struct trace_element wild(uint32_t reason, uint8_t kind)
{
    struct trace_element e = {
        .exit_tsc = random_wild(&seed),
        .entry_tsc = random_wild(&seed),
        .reason = reason,
        .kind = kind,
        .written = (uint8_t)(1 | random_below(&seed, 32)),
        .vcpu = (uint16_t)random_wild(&seed),
        .rip = random_wild(&seed),
        .qualification = random_below(&seed, 2) ? random_wild(&seed) : 0,
    };

    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        e.slot[i] = random_wild(&seed);
    return e;
}

static void test_same_text(void)
{
    bool all = true;

    for (uint32_t reason = 0; reason < 300; reason++)
        for (unsigned round = 0; round < 200; round++) {
            uint32_t high = round % 8 ? 0 : (uint32_t)random_next(&seed) & 0xffff0000;
            struct trace_element e = wild(reason | high, (uint8_t)(round % TRACE_KINDS));

            all = all && same(&e, round & 8);
        }
    ok(all, "every reason and kind: the same text as text_element()");
}

static void test_schema(void)
{
    static char payload[START_PAYLOAD_MAX];
    struct trace_start start = { .version = "x" };
    static struct schema before;
    size_t n = start_encode(payload, sizeof(payload), &start);

    before = schema;
    is(schema_read(&schema, payload, n), 0, "the VMM's own lines are all good");
    ok(memcmp(&before, &schema, sizeof(schema)) == 0, "and say what the built-in table says");
}

static const char *line_of(uint32_t reason, uint64_t slot)
{
    struct trace_element e = {
        .reason = reason, .written = 3, .kind = TRACE_EXIT_ENTRY, .slot = { reason, slot }
    };

    got[record_line(got, &schema, &e, true)] = '\0';
    return got;
}

static void test_other_names(void)
{
    static const char lines[] = "slots 200 BRAND_NEW 1 what/dec lo:hi/pair32 - later/newkind\n"
                                "slots 16 RDTSC 0 ticks/hex - - -\n";

    is(schema_read(&schema, lines, sizeof(lines) - 1), 0, "reads another table");
    ok(strcmp(line_of(200, 12), "vcpu0 exit BRAND_NEW rip=0x0 qualification=0x0\n"
                                "vcpu0 entry BRAND_NEW what=12\n") == 0,
       "a new reason");
    ok(strcmp(line_of(16, 31), "vcpu0 exit RDTSC rip=0x0\nvcpu0 entry RDTSC ticks=0x1f\n") == 0,
       "a slot of another name and kind");
}

static void test_malformed(void)
{
    static const char *const lines[] = {
        "slots",
        "slots ",
        "slots x",
        "slots 16",
        "slots 16 ",
        "slots 16 A",
        "slots 16 A 1",
        "slots 16 A 1 - - -",
        "slots 256 A 0 - - - -",
        "slots 16 A 0 a/dec  - -",
        "slots 16 A\x1b[2J 0 - - - -",
        "slots 16 A 0 a:b/dec - - -",
        "slots 16 A 0 a/pair32 - - -",
        "slots 16 A 0 /dec - - -",
        "slots 16 A 0 a/ - - -",
        "slots 16 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 - - - -",
        "slots 18446744073709551616 A 0 - - - -",
    };
    static struct schema before;
    bool unchanged = true;

    schema_begin(&schema);
    before = schema;
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        unsigned malformed = schema_read(&schema, lines[i], strlen(lines[i]));

        unchanged =
            unchanged && malformed == (i > 0) && memcmp(&schema, &before, sizeof(schema)) == 0;
        if (!unchanged) {
            printf("# %s\n", lines[i]);
            break;
        }
    }
    ok(unchanged, "a malformed line is counted and changes nothing");
}

int main(void)
{
    schema_begin(&schema);
    test_same_text();
    test_schema();
    test_other_names();
    test_malformed();
    return tap_done();
}
