/* sources: trace trace/host/stat/groups.c trace/host/show/columns.c trace/host/show/fields.c trace/host/show/schema.c trace/host/show/histogram.c */
/* SPDX-License-Identifier: MIT */
/* Groups are what counting each of them would give, and within their stated bounds when folded. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/stat/groups.h"

enum { KEYS = 100000 };

static struct schema schema;
static struct columns columns;
static struct groups groups;
static uint64_t seed = 11;

/* What is expected of the exits at RIP i. */
static struct {
    uint64_t count, sum, min, max;
} expected[KEYS];

static void use(const char *list)
{
    columns_parse(&columns, list);
    ok(columns_resolve(&columns, &schema) == NULL, "by %s", list);
    memset(expected, 0, sizeof(expected));
    groups_clear(&groups);
}

static void add(uint64_t rip, uint64_t ticks)
{
    struct trace_element element = { .kind = TRACE_EXIT_ENTRY,
                                     .reason = EXIT_REASON_CPUID,
                                     .rip = rip,
                                     .exit_tsc = 1000,
                                     .entry_tsc = 1000 + ticks };

    groups_add(&groups, &element);
    if (!expected[rip].count || ticks < expected[rip].min)
        expected[rip].min = ticks;
    if (ticks > expected[rip].max)
        expected[rip].max = ticks;
    expected[rip].count++;
    expected[rip].sum += ticks;
}

static bool exact(const struct group *group)
{
    static struct histogram times;
    uint64_t rip = group->value[0];

    memset(&times, 0, sizeof(times));
    groups_times(&groups, group, &times);
    return group->count == expected[rip].count && group->sum == expected[rip].sum &&
           group->min == expected[rip].min && group->max == expected[rip].max &&
           times.count == group->count && times.bucket[histogram_bucket(group->max)];
}

static void test_exact(void)
{
    bool all = true;

    use("rip");
    for (unsigned i = 0; i < 200000; i++)
        add(random_below(&seed, GROUPS_MAX), random_below(&seed, 200));
    is(groups.foldings, 0, "as many groups as there are places: none is folded");
    for (unsigned i = 0; i < groups.n; i++)
        all = all && exact(&groups.group[i]);
    ok(all, "and all are exact");
}

/* Few keys come often and late ones too; the sums stay exact, and the bounds hold. */
static void test_folded(uint64_t (*ticks)(void), const char *name)
{
    bool bounds = true, precise = true, heavy = true, there[100] = { false };
    struct group sum;

    use("rip");
    for (unsigned i = 0; i < 600000; i++) {
        add(random_below(&seed, 2) ? random_below(&seed, 100) : random_below(&seed, KEYS), ticks());
    }
    sum = groups.other;
    for (unsigned i = 0; i < groups.n; i++) {
        const struct group *group = &groups.group[i];
        uint64_t rip = group->value[0];

        group_merge(&sum, group);
        bounds = bounds && group->count <= expected[rip].count &&
                 group->count + group->lacks_count >= expected[rip].count &&
                 group->sum + group->lacks_ticks >= expected[rip].sum;
        precise = precise && (group->lacks_count || exact(group));
        if (rip < 100)
            there[rip] = group->lacks_count == 0;
    }
    for (unsigned i = 0; i < 100; i++)
        heavy = heavy && there[i];
    ok(groups.foldings && groups.n <= GROUPS_MAX, "%s: some are folded", name);
    ok(bounds, "%s: a group lacks no more than it says", name);
    ok(precise, "%s: a group that says that it lacks nothing is exact", name);
    ok(heavy, "%s: the heaviest are exact", name);
    is(sum.count, 600000, "%s: no exit is counted twice or not at all", name);
    bounds = true;
    for (unsigned i = 0; i < groups.n; i++)
        expected[groups.group[i].value[0]].count = 0;
    for (unsigned i = 0; i < KEYS; i++)
        bounds = bounds && expected[i].count <= groups.folded_count;
    ok(bounds, "%s: what is not there has no more exits than is said", name);
}

static uint64_t alike(void)
{
    return 100 + random_below(&seed, 50);
}

/* Times of all magnitudes use up the chunks of histograms before the places of groups. */
static uint64_t wild(void)
{
    return random_next(&seed) >> random_below(&seed, 64) >> 16;
}

static void test_columns(void)
{
    struct trace_element e = { .kind = TRACE_EXIT_ENTRY,
                               .reason = EXIT_REASON_IO_INSTRUCTION,
                               .qualification = 0x3fd0008,
                               .written = 1 | 2 | 8,
                               .slot = { 30, 0x3fd, 0, 0x61 },
                               .vcpu = 3 };
    char text[COLUMN_TEXT];
    static const struct {
        const char *name, *text;
    } cases[] = { { "vcpu", "3" },
                  { "reason", "IO_INSTRUCTION" },
                  { "rip", "0x0" },
                  { "port", "0x3fd" },
                  { "eax_in", "0x61" },
                  { "eax_out", NULL },
                  { "leaf", NULL },
                  { "direction", "in" },
                  { "size", "1" },
                  { "detail", "port=0x3fd" },
                  { "qualification", "0x3fd0008" } };
    uint64_t value;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        use(cases[i].name);
        if (column_value(&columns.column[0], &e, 30, &value))
            column_text(text, &columns.column[0], &schema, 30, value);
        else
            text[0] = '\0';
        ok(strcmp(text, cases[i].text ? cases[i].text : "") == 0, "%s: %s", cases[i].name, text);
    }
    e = (struct trace_element){ .reason = EXIT_REASON_CPUID,
                                .written = 0x1f,
                                .slot = { 10, 7, 0, 0x500000004, 0x600000009 } };
    use("edx,eax:ebx,msr");
    ok(column_value(&columns.column[0], &e, 10, &value) && value == 6, "half of a pair");
    ok(column_value(&columns.column[1], &e, 10, &value) && value == 0x500000004, "a whole pair");
    ok(!column_value(&columns.column[2], &e, 10, &value), "the ECX of CPUID is no MSR");
    e = (struct trace_element){ .reason = EXIT_REASON_MSR_READ,
                                .written = 3,
                                .slot = { 31, 0x1b } };
    use("msr,detail");
    column_value(&columns.column[1], &e, 31, &value);
    column_text(text, &columns.column[1], &schema, 31, value);
    ok(column_value(&columns.column[0], &e, 31, &value) && value == 0x1b, "an MSR");
    ok(strcmp(text, "msr=0x1b") == 0, "an MSR as detail: %s", text);
    use("qualification");
    ok(!column_value(&columns.column[0], &e, 31, &value), "no qualification is defined");
    columns_parse(&columns, "rip,nothing");
    ok(strcmp(columns_resolve(&columns, &schema), "nothing") == 0, "an unknown name");
    ok(!columns_parse(&columns, "") && !columns_parse(&columns, "a,,b") &&
           !columns_parse(&columns, "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q"),
       "no list of names");
}

int main(void)
{
    schema_begin(&schema);
    if (!groups_begin(&groups, &columns))
        return 1;
    test_exact();
    test_folded(alike, "times alike");
    test_folded(wild, "times of all magnitudes");
    test_columns();
    groups_free(&groups);
    return tap_done();
}
