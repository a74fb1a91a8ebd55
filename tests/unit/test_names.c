/* sources: trace trace/host/show/names.c trace/host/show/fields.c trace/host/show/schema.c */
/* SPDX-License-Identifier: MIT */
/* The names of values are the SDM's; the tables name slots and reasons that there are. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/show/fields.h"
#include "trace/host/show/names.h"

static struct schema schema;
static char text[NAMES_ROOM];
static uint64_t seed = 3;

static void names_exit(uint32_t reason, uint64_t qualification, const char *expected)
{
    names_of_exit(text,
                  &(struct trace_element){ .reason = reason, .qualification = qualification });
    ok(strcmp(text, expected) == 0, "reason %u, %#llx: %s", reason,
       (unsigned long long)qualification, text);
}

static void names_entry(struct trace_element element, const char *expected)
{
    element.written = 0x1f;
    names_of_entry(text, &schema, &element);
    ok(strcmp(text, expected) == 0, "reason %u: %s", element.reason, text);
}

static void test_qualifications(void)
{
    names_exit(EXIT_REASON_IO_INSTRUCTION, 0x3fd0008, "direction=in size=1");
    names_exit(EXIT_REASON_IO_INSTRUCTION, 0x1f00033, "direction=out size=4 string rep");
    names_exit(EXIT_REASON_CR_ACCESS, 0x314, "cr=4 direction=from register=rbx");
    names_exit(EXIT_REASON_CR_ACCESS, 0x30, "cr=0 direction=LMSW register=rax");
    names_exit(EXIT_REASON_EPT_VIOLATION, 0x18a, "write readable linear translated");
    names_exit(EXIT_REASON_APIC_ACCESS, 0xf0b0, "offset=0xb0 access=physical");
    names_exit(EXIT_REASON_ENTRY_GUEST_STATE, 4, "cause=VMCS link pointer");
    names_exit(EXIT_REASON_TASK_SWITCH, 0xc0000018, "selector=0x18 source=gate");
    names_exit(EXIT_REASON_CPUID, 0x123, "");
    names_exit(0xffffffff, 0x123, "");
}

static void test_slots(void)
{
    names_entry(
        (struct trace_element){ .reason = EXIT_REASON_IO_INSTRUCTION, .slot = { 0, 0x3fd } },
        "port=COM1+5");
    names_entry((struct trace_element){ .reason = EXIT_REASON_MSR_READ,
                                        .slot = { 0, 0xc0000080, 0, 0, 13 } },
                "ecx=IA32_EFER fault=#GP");
    names_entry(
        (struct trace_element){ .reason = EXIT_REASON_CR_ACCESS, .slot = { 0, 0, 0, 0x80000011 } },
        "value=PE|ET|PG");
    names_entry(
        (struct trace_element){ .reason = EXIT_REASON_CR_ACCESS, .slot = { 0, 0, 4, 0x100008020 } },
        "value=PAE|FRED|0x8000");
    names_entry(
        (struct trace_element){ .reason = EXIT_REASON_CR_ACCESS, .slot = { 0, 0, 3, 0x1000 } }, "");
    names_entry((struct trace_element){ .reason = EXIT_REASON_CPUID, .slot = { 0, 7 } },
                "leaf=extended-features");
    names_entry((struct trace_element){ .reason = EXIT_REASON_EXCEPTION_NMI, .slot = { 0, 2, 9 } },
                "vector=NMI result=9");
    names_entry((struct trace_element){ .reason = 4711, .slot = { 0, 1, 2, 3, 4 } }, "");
}

/* Any element has names of bounded length. */
static void test_wild(void)
{
    bool good = true;

    for (unsigned i = 0; i < 200000; i++) {
        struct trace_element e = {
            .reason = (uint32_t)random_below(&seed, 90),
            .written = 0x1f,
            .qualification = random_wild(&seed),
        };

        for (unsigned s = 1; s < TRACE_SLOTS; s++)
            e.slot[s] = random_wild(&seed);
        names_of_exit(text, &e);
        good = good && strlen(text) < NAMES_ROOM - 1;
        names_of_entry(text, &schema, &e);
        good = good && strlen(text) < NAMES_ROOM - 1;
    }
    ok(good, "names of anything, none cut off");
}

/* Every row of the tables is for a slot or qualification that the reason has. */
static void test_tables(void)
{
    static const struct {
        uint32_t reason;
        const char *slot;
    } rows[] = {
#define NAMES(set)
#define WORDS(words)
#define SLOT_NAMES(reason, slot, names) { EXIT_REASON_##reason, slot },
#include "trace/host/show/slot_names.def"
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool found = false;

        for (unsigned s = 1; s < TRACE_SLOTS; s++)
            found = found || strcmp(schema.row[rows[i].reason].slot[s].name, rows[i].slot) == 0;
        ok(found, "%s has a slot %s", schema.row[rows[i].reason].name, rows[i].slot);
    }
    for (size_t i = 0; i < fields_n; i++)
        ok(schema.row[fields[i].reason].has_qualification && fields[i].first <= fields[i].last &&
               fields[i].last < 64,
           "%s has a qualification with %s", schema.row[fields[i].reason].name, fields[i].name);
}

int main(void)
{
    schema_begin(&schema);
    test_qualifications();
    test_slots();
    test_wild();
    test_tables();
    return tap_done();
}
