/* sources: trace trace/host/diff/equality.c trace/host/show/schema.c */
/* SPDX-License-Identifier: MIT */
/* When two exits are equal. */
#include "trace/host/diff/equality.h"

#include <string.h>

#include "tests/unit/tap.h"

static struct schema schema;
static struct equality equality;
static struct equality_rows rows;

/* Starts anew with what is to be ignored, NULL: nothing but the defaults. */
static void ignore(const char *list)
{
    char wrong[80];

    equality = (struct equality){ 0 };
    if (list && equality_ignore(&equality, list, wrong, sizeof(wrong)))
        ok(false, "'%s' is known", wrong);
    equality_begin(&rows, &equality, &schema);
}

static struct trace_element exit_of(uint32_t reason)
{
    return (struct trace_element){
        .exit_tsc = 1000,
        .entry_tsc = 1100,
        .reason = reason,
        .rip = 0x1000,
        .written = 0x1f,
    };
}

static bool compared(const struct trace_element *element)
{
    uint64_t token;

    return equality_token(&rows, element, &token);
}

static bool equal(const struct trace_element *x, const struct trace_element *y)
{
    uint64_t a, b;

    return equality_token(&rows, x, &a) && equality_token(&rows, y, &b) && a == b;
}

/* Whether an element and one that is changed in one field are equal. */
#define STAYS(element, field, value)                                                               \
    ({                                                                                             \
        struct trace_element changed = (element);                                                  \
        changed.field = (value);                                                                   \
        equal(&(element), &changed);                                                               \
    })

static void test_fields(void)
{
    struct trace_element e = exit_of(EXIT_REASON_CPUID);

    ignore(NULL);
    ok(STAYS(e, exit_tsc, 5) && STAYS(e, entry_tsc, 5), "stamps may differ");
    ok(STAYS(e, vcpu, 1), "the vCPU is no part of it");
    ok(!STAYS(e, reason, EXIT_REASON_HLT), "the reason is");
    ok(!STAYS(e, rip, 0x1001), "RIP is");
    ok(!STAYS(e, qualification, 1), "the qualification is");
    ok(!STAYS(e, written, 0xf), "which slots were written is");
    ok(!STAYS(e, kind, TRACE_EXIT_ONLY), "an entry is no end of the run");
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        ok(!STAYS(e, slot[i], UINT64_C(1) << 33), "slot %u is", i);
    e.written = 3;
    ok(STAYS(e, slot[4], 7), "a slot that was not written is not");
}

static void test_ignore(void)
{
    struct trace_element e = exit_of(EXIT_REASON_CPUID), hlt = exit_of(EXIT_REASON_HLT);

    ignore("rip,qualification");
    ok(STAYS(e, rip, 1) && STAYS(e, qualification, 1), "--ignore=rip,qualification");
    ok(!STAYS(e, slot[1], 1), "the slots are compared still");
    ignore("slots");
    ok(STAYS(e, slot[1], 1) && STAYS(e, written, 1), "--ignore=slots");
    ok(!STAYS(e, rip, 1), "the rest is compared still");
    ignore("HLT");
    ok(!compared(&hlt) && compared(&e), "--ignore=HLT passes over such exits");
    ignore("ebx");
    ok(STAYS(e, slot[3], UINT64_C(5) << 32), "--ignore=ebx: the upper half of a slot");
    ok(!STAYS(e, slot[3], 5), "but not the lower");
    ignore("CPUID.leaf");
    ok(STAYS(e, slot[1], 1) && !STAYS(e, slot[2], 1), "--ignore=CPUID.leaf");
    ignore("CR_ACCESS.cr,rip");
    ok(STAYS(e, rip, 1), "several at once");
}

static void test_unsteady(void)
{
    struct trace_element rdtsc = exit_of(EXIT_REASON_RDTSC), msr = exit_of(EXIT_REASON_MSR_READ);
    struct trace_element timer = exit_of(EXIT_REASON_PREEMPTION_TIMER);
    struct trace_element interrupt = exit_of(EXIT_REASON_EXTERNAL_INTERRUPT);
    struct trace_element random = exit_of(EXIT_REASON_RDRAND);

    ignore(NULL);
    ok(STAYS(rdtsc, slot[1], 5), "time stamps in slots may differ");
    ok(STAYS(random, slot[2], 5) && !STAYS(random, slot[3], 5), "and random numbers");
    msr.slot[1] = 0x10;
    ok(STAYS(msr, slot[2], 5) && STAYS(msr, slot[3], 5), "and an MSR that is a time");
    msr.slot[1] = 0x1b;
    ok(!STAYS(msr, slot[2], 5), "another MSR may not");
    timer.slot[1] = 1;
    ok(!compared(&timer), "the VMM's own timer exits are passed over");
    timer.slot[1] = 2;
    ok(compared(&timer), "a guest's are not");
    ok(!compared(&interrupt), "interrupts are passed over");
    equality.all = true;
    equality_begin(&rows, &equality, &schema);
    timer.slot[1] = 1;
    ok(compared(&timer) && compared(&interrupt), "--all compares them");
    ok(!STAYS(rdtsc, slot[1], 5) && !STAYS(random, slot[2], 5), "and values of time and chance");
}

static void test_moved(void)
{
    struct trace_element e = exit_of(EXIT_REASON_CPUID);

    ignore(NULL);
    ok(equality_moved(&equality, "0x1000-0x1fff"), "a range of addresses");
    ok(STAYS(e, rip, 0x1fff) && !STAYS(e, rip, 0x2000) && !STAYS(e, rip, 0xfff),
       "RIPs in it are equal");
    e.slot[3] = UINT64_C(0x1234) << 32 | 5;
    ok(STAYS(e, slot[3], UINT64_C(0x1888) << 32 | 5), "half a slot, too");
    ok(!STAYS(e, slot[3], UINT64_C(0x1234) << 32 | 6), "the other half is compared");
    for (const char *const *range =
             (const char *const[]){ "", "5", "5-", "6-5", "0x10-0x20z", "-5", NULL };
         *range; range++)
        ok(!equality_moved(&equality, *range), "'%s' is no range", *range);
}

static void test_words(void)
{
    char wrong[16];

    for (const char *const *word = (const char *const[]){ "HALT", "rip,", "", "CPUID.cr",
                                                          "HLT.leaf", "a,very,long,one", NULL };
         *word; word++)
        ok(equality_ignore(&equality, *word, wrong, sizeof(wrong)), "'%s' is refused", *word);
}

/* A marker's values are compared; what was lost is no part of the sequence. */
static void test_others(void)
{
    struct trace_element marker = { .kind = TRACE_MARKER, .written = 0xf, .slot = { 1, 2, 3, 4 } };
    struct trace_element lost = { .kind = TRACE_LOST, .written = 1, .slot = { 10 } };

    ignore(NULL);
    ok(!STAYS(marker, slot[0], 5), "a marker's values");
    ok(!compared(&lost), "lost records");
    ignore("markers");
    ok(!compared(&marker), "--ignore=markers");
}

int main(void)
{
    schema_begin(&schema);
    test_fields();
    test_ignore();
    test_unsteady();
    test_moved();
    test_words();
    test_others();
    return tap_done();
}
