/* sources: trace trace/host/show/filter.c trace/host/show/filter_options.c trace/host/show/schema.c trace/host/show/complain.c trace/host/show/status_line.c trace/host/show/utf8.c */
/* SPDX-License-Identifier: MIT */
/* What each criterion of a filter lets pass, and what it refuses. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/tap.h"
#include "trace/host/show/filter.h"

enum { HZ = 1000000 }; /* a tick is a microsecond */

static struct schema schema;
static struct filter filter;

/* Parses one option; false where it is refused. */
static bool use(const char *option)
{
    static char name[] = "test", copy[128];
    char *argv[] = { name, copy, NULL };

    snprintf(copy, sizeof(copy), "%s", option);
    memset(&filter, 0, sizeof(filter));

    bool good = argp_parse(&filter_argp, 2, argv, ARGP_NO_EXIT | ARGP_NO_ERRS | ARGP_NO_HELP, NULL,
                           &filter) == 0;

    filter_begin_run(&filter, &schema);
    return good;
}

static struct trace_element an_exit(uint64_t tsc, uint32_t reason, uint64_t rip, uint64_t ticks)
{
    return (struct trace_element){ .kind = TRACE_EXIT_ENTRY,
                                   .exit_tsc = tsc,
                                   .entry_tsc = tsc + ticks,
                                   .reason = reason,
                                   .rip = rip };
}

static bool passes(uint64_t tsc, uint32_t reason, uint64_t rip, uint64_t ticks)
{
    struct trace_element element = an_exit(tsc, reason, rip, ticks);

    return filter_pass(&filter, &element);
}

static bool marker(uint64_t tsc, uint64_t value)
{
    struct trace_element element = {
        .kind = TRACE_MARKER, .exit_tsc = tsc, .written = 1, .slot = { value }
    };

    return filter_pass(&filter, &element);
}

static bool lost(uint64_t tsc)
{
    struct trace_element element = { .kind = TRACE_LOST, .exit_tsc = tsc, .slot = { 5 } };

    return filter_pass(&filter, &element);
}

static void test_reasons(void)
{
    use("--reason=cpuid,30");
    ok(passes(1, EXIT_REASON_CPUID, 0, 1) && passes(1, EXIT_REASON_IO_INSTRUCTION, 0, 1),
       "reasons by name and by number");
    ok(!passes(1, EXIT_REASON_HLT, 0, 1), "and no other");
    ok(!marker(1, 1) && lost(1), "no markers; what was lost might have passed");
    use("--reason=!CPUID");
    ok(!passes(1, EXIT_REASON_CPUID, 0, 1) && passes(1, 0x80000021, 0, 1), "all but one");
    use("--reason=300");
    ok(passes(1, 301, 0, 1) && !passes(1, 255, 0, 1), "beyond the names: one row for all");
}

static void test_names_of_the_log(void)
{
    static const char line[] = "slots 200 BRAND_NEW 0 - - - -\n";
    static struct schema named;

    named = schema;
    schema_read(&named, line, sizeof(line) - 1);
    use("--reason=BRAND_NEW");
    filter_begin_run(&filter, &named);
    filter_take_start(&filter, 0);
    ok(!filter.failed && passes(1, 200, 0, 1), "a name that only the log knows");
    filter_begin_run(&filter, &schema);
    ok(!passes(1, 200, 0, 1) && filter.failed, "a name that the log does not know: told");
}

static void test_places(void)
{
    struct trace_element element = an_exit(1, 10, 0, 1);

    use("--vcpu=0,3-5");
    ok(filter_pass(&filter, &element), "a vCPU of the list");
    element.vcpu = 4;
    ok(filter_pass(&filter, &element), "of a range");
    element.vcpu = 2;
    ok(!filter_pass(&filter, &element), "of neither");
    use("--rip=0x1000-0x1fff");
    ok(passes(1, 10, 0x1000, 1) && passes(1, 10, 0x1fff, 1), "both ends of an address range");
    ok(!passes(1, 10, 0xfff, 1) && !passes(1, 10, 0x2000, 1), "and nothing beyond");
    use("--rip=0xffffffff81000000");
    ok(passes(1, 10, UINT64_C(0xffffffff81000000), 1) && !passes(1, 10, 0x81000000, 1),
       "a single address");
}

static void test_times(void)
{
    use("--time=100-200");
    ok(!passes(99, 10, 0, 1) && passes(100, 10, 0, 1) && passes(200, 10, 0, 1) &&
           !passes(201, 10, 0, 1) && !lost(99) && lost(150),
       "stamps");
    use("--time=-200");
    ok(passes(0, 10, 0, 1) && !passes(201, 10, 0, 1), "only an end");
    use("--time=10us-0.02ms");
    filter_take_start(&filter, HZ);
    ok(!passes(1000, 10, 0, 1) && !passes(1009, 10, 0, 1) && passes(1010, 10, 0, 1) &&
           passes(1020, 10, 0, 1) && !passes(1021, 10, 0, 1),
       "time since the first record");
    use("--time=1s-");
    filter_take_start(&filter, HZ);
    ok(!passes(UINT64_MAX - 5, 10, 0, 1) && passes(UINT64_MAX, 10, 0, 1), "beyond all stamps");
    use("--time=1s-");
    filter_take_start(&filter, 0);
    ok(filter.failed && !passes(5, 10, 0, 1), "seconds in a log without a frequency: told");
    use("--slower=20");
    ok(!passes(1, 10, 0, 20) && passes(1, 10, 0, 21), "slower than ticks");
    use("--slower=20us");
    filter_take_start(&filter, 2 * HZ);
    ok(!passes(1, 10, 0, 40) && passes(1, 10, 0, 41), "slower than a time");

    struct trace_element stop = { .kind = TRACE_EXIT_ONLY, .exit_tsc = 5 };

    ok(!filter_pass(&filter, &stop), "an exit without an end has no duration");
}

static void test_between(void)
{
    use("--between=0x10,0x20");
    ok(!passes(1, 10, 0, 1) && !marker(2, 0x20) && marker(3, 0x10) && !passes(3, 18, 0, 1) &&
           passes(4, 10, 0, 1) && marker(5, 7) && marker(6, 0x20) && !passes(6, 18, 0, 1) &&
           !passes(7, 10, 0, 1),
       "from one marker to the other, their own exits left out");
    ok(passes(5, 10, 0, 1), "another vCPU's exit of that time, later in the log");
    ok(marker(8, 0x10) && passes(9, 10, 0, 1) && marker(10, 0x20) && !passes(11, 10, 0, 1),
       "and again");
    use("--between=,0x20");
    ok(passes(1, 10, 0, 1) && marker(2, 0x20) && !passes(3, 10, 0, 1) && !marker(4, 0x20),
       "from the beginning");
    use("--between=0x10,");
    ok(!passes(1, 10, 0, 1) && marker(2, 0x10) && passes(3, 10, 0, 1) && marker(4, 0x10),
       "to the end");
    use("--between=5,5");
    ok(!passes(1, 10, 0, 1) && marker(2, 5) && passes(3, 10, 0, 1) && marker(4, 5) &&
           !passes(5, 10, 0, 1),
       "from one marker to the next of the same value");
    filter_begin_run(&filter, &schema);
    ok(!passes(6, 10, 0, 1), "another run begins outside");
}

static void test_refused(void)
{
    static const char *const options[] = {
        "--reason=",    "--reason=!",   "--reason=,a",  "--vcpu=",        "--vcpu=x",
        "--vcpu=3-2",   "--vcpu=-",     "--vcpu=65536", "--vcpu=1,,2",    "--rip=",
        "--rip=5-",     "--rip=6-5",    "--rip=main",   "--time=",        "--time=-",
        "--time=5",     "--time=1h-2h", "--time=1e3-",  "--time=s-",      "--slower=",
        "--slower=-1",  "--slower=x",   "--between=5",  "--between=,",    "--between=",
        "--between=a,", "--time=nan-",  "--time=0x1s-", "--time=1.2.3s-",
    };

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        ok(!use(options[i]), "refused: %s", options[i]);
}

int main(void)
{
    schema_begin(&schema);
    use("");
    test_reasons();
    test_names_of_the_log();
    test_places();
    test_times();
    test_between();
    test_refused();
    return tap_done();
}
