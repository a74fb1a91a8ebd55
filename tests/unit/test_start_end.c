/* sources: trace */
/* SPDX-License-Identifier: MIT */
/* The start and end records: what is written comes back, what is malformed is refused. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/end.h"
#include "trace/exit_reasons.h"
#include "trace/start.h"

static char payload[START_PAYLOAD_MAX];
static uint64_t seed = 21;

static bool same_start(const struct trace_start *a, const struct trace_start *b)
{
    return !strcmp(a->version, b->version) && !strcmp(a->options, b->options) &&
           a->tsc_hz == b->tsc_hz && a->vcpus == b->vcpus;
}

static void test_start(void)
{
    struct trace_start start = { "1.2.3", 2400000000, 4, "exits=all ring=1M" }, got;
    size_t n = start_encode(payload, sizeof(payload), &start);

    ok(n > 0 && n == strlen(payload), "a start record of %zu bytes", n);
    ok(start_decode(payload, n, &got) && same_start(&start, &got), "comes back");
    ok(strstr(payload, "\nslots 10 CPUID 0 leaf/hex subleaf/hex eax:ebx/pair32 ecx:edx/pair32\n"),
       "names the slots of CPUID");
    ok(strstr(payload, "\nslots 40 PAUSE 0 - - - -\n"), "and says where there are none");
    ok(!strncmp(payload, "version=1.2.3\ntsc_hz=2400000000\nvcpus=4\noptions=exits=all ring=1M\n",
                66),
       "begins with the facts");
    is(start_encode(payload, n, &start), 0, "no room, no record");
    strcpy(start.options, "a\nvcpus=9\r");
    n = start_encode(payload, sizeof(payload), &start);
    ok(start_decode(payload, n, &got) && got.vcpus == 4 && !strcmp(got.options, "a vcpus=9 "),
       "a line break in the options does no harm");
    memset(&start, 'x', sizeof(start));
    start.version[sizeof(start.version) - 1] = start.options[sizeof(start.options) - 1] = '\0';
    n = start_encode(payload, sizeof(payload), &start);
    ok(n > 0 && start_decode(payload, n, &got) && same_start(&start, &got),
       "the longest record fits and comes back");
    ok(!start_decode("vcpus=x\n", 8, &got) && !start_decode("tsc_hz=1 2\n", 11, &got) &&
           !start_decode("vcpus=4294967296\n", 17, &got),
       "numbers must be numbers");
    ok(start_decode("future=1\nvcpus=2", 16, &got) && got.vcpus == 2, "unknown keys are skipped");
}

static void test_schema(void)
{
    struct trace_start start = { "", 0, 0, "" };
    unsigned lines = 0, rows = 0;

    start_encode(payload, sizeof(payload), &start);
    for (const char *p = payload; (p = strstr(p, "\nslots ")); p++)
        lines++;
    for (unsigned i = 0; i < EXIT_REASONS; i++)
        rows += exit_reasons[i].name != NULL;
    is(lines, rows, "every exit reason has its slots line");
    is(rows, 80, "all but six of the 86 numbers are exit reasons");
    ok(!strcmp(exit_reason_name(0x80000000 | EXIT_REASON_ENTRY_GUEST_STATE), "ENTRY_GUEST_STATE") &&
           !strcmp(exit_reason_name(35), "UNKNOWN") && !strcmp(exit_reason_name(86), "UNKNOWN") &&
           !strcmp(exit_reason_name(0xffff), "UNKNOWN"),
       "names by the basic reason");
}

static void test_end(void)
{
    static struct trace_end end, got;

    end = (struct trace_end){
        .status = 3, .reason = "guest said 3", .vcpus = 2, .vcpu = { { 100, 4 }, { 7, 0 } }
    };

    size_t n = end_encode(payload, sizeof(payload), &end);

    ok(!strcmp(payload, "status=3\nreason=guest said 3\nvcpu0 generated=100 lost=4\n"
                        "vcpu1 generated=7 lost=0\n"),
       "the form of an end record");
    ok(end_decode(payload, n, &got) && !memcmp(&end, &got, sizeof(got)), "comes back");
    is(end_encode(payload, n, &end), 0, "no room, no record");
    end.vcpus = END_VCPUS;
    memset(end.vcpu, 0xff, sizeof(end.vcpu));
    memset(end.reason, 'r', sizeof(end.reason) - 1);
    n = end_encode(payload, END_PAYLOAD_MAX, &end);
    ok(n > 0 && end_decode(payload, n, &got) && !memcmp(&end, &got, sizeof(got)),
       "the longest record fits and comes back");
    ok(!end_decode("reason=x\n", 9, &got), "a status must be there");
    ok(!end_decode("status=0\nvcpu64 generated=1 lost=0\n", 35, &got) &&
           !end_decode("status=0\nvcpu0 generated=1 lost=2\n", 34, &got) &&
           !end_decode("status=0\nvcpu0 generated=1\n", 27, &got),
       "impossible balances are refused");
}

/* Damaged payloads, in buffers of their exact length: no byte beyond is read. */
static void test_damage(void)
{
    struct trace_start start = { "1.2.3", 2400000000, 4, "exits=all" };
    static struct trace_end end = { .status = 3, .reason = "x", .vcpus = 2 };

    for (unsigned i = 0; i < 4000; i++) {
        size_t n = i & 1 ? start_encode(payload, sizeof(payload), &start)
                         : end_encode(payload, sizeof(payload), &end);
        size_t cut = random_below(&seed, n + 1);
        char *exact = malloc(cut ? cut : 1);

        memcpy(exact, payload, cut);
        if (cut && i & 2)
            exact[random_below(&seed, cut)] = (char)random_next(&seed);
        start_decode(exact, cut, &start);
        end_decode(exact, cut, &end);
        free(exact);
        start = (struct trace_start){ "1.2.3", 2400000000, 4, "exits=all" };
        end = (struct trace_end){ .status = 3, .reason = "x", .vcpus = 2 };
    }
    ok(true, "damaged payloads are survived");
}

int main(void)
{
    test_start();
    test_schema();
    test_end();
    test_damage();
    return tap_done();
}
