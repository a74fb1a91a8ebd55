/* sources: vmx/ept.c vmx/mtrr.c */
/* SPDX-License-Identifier: MIT */
/* The identity map: entries, page sizes, memory types, hidden ranges, and where the pool ends. */
#include "tests/unit/tap.h"
#include "vmx/ept.h"
#include "vmx/msr.h"

#define KIB       UINT64_C(1024)
#define MIB       (1024 * KIB)
#define GIB       (1024 * MIB)
#define ALL_SIZES (EPT_CAP_2MIB | EPT_CAP_1GIB | EPT_CAP_POINTER_WB)
#define PAGES     600

static struct ept_table pool[PAGES];
static struct mtrr_state mtrr;
static struct ept ept;

static void reset(size_t pages, uint64_t capability)
{
    mtrr = (struct mtrr_state){
        .capability = 8,
        .default_type = MEMORY_TYPE_WB | MTRR_DEF_TYPE_ENABLE,
    };
    ept_init(&ept, pool, pages, capability, &mtrr, 39);
}

static void range(unsigned i, enum memory_type type, uint64_t base, uint64_t length)
{
    mtrr.variable[i].base = base | type;
    mtrr.variable[i].mask = (~(length - 1) & ((UINT64_C(1) << 39) - 1)) | MTRR_PHYSMASK_VALID;
}

static void expect(uint64_t gpa, unsigned level, uint64_t entry, const char *what)
{
    uint64_t got;
    unsigned got_level;
    bool mapped = ept_lookup(&ept, gpa, &got, &got_level);

    if (!ok(got == entry && got_level == level && mapped == (entry != 0), "%s", what))
        printf("# entry %#llx at level %u\n", (unsigned long long)got, got_level);
}

static uint64_t leaf(uint64_t page, enum memory_type type, bool large)
{
    return page | (uint64_t)type << 3 | (large ? 0x87 : 7);
}

static void test_empty(void)
{
    reset(3, ALL_SIZES);
    expect(0, 4, 0, "an empty map maps nothing");
    is(ept_pointer(&ept), (uintptr_t)ept.root | 3 << 3 | 6, "pointer: 4 levels, WB, no A/D flags");
    reset(3, EPT_CAP_POINTER_UC);
    is(ept_pointer(&ept) & 0xfff, 3 << 3, "pointer: UC where the processor lacks WB");
}

static void test_gigabytes(void)
{
    reset(3, ALL_SIZES);
    ok(ept_map_gigabyte(&ept, 5 * GIB + 123), "map the sixth GiB");
    expect(5 * GIB + 456 * MIB, 3, leaf(5 * GIB, MEMORY_TYPE_WB, true), "one entry of 1 GiB");
    expect(4 * GIB, 3, 0, "the GiB before is absent");
    expect(6 * GIB, 3, 0, "the GiB after is absent");
    is(ept.free_count, 1, "two tables suffice");
    ok(ept_map_gigabyte(&ept, 5 * GIB), "mapping it again does nothing");
    ok(!ept_map_gigabyte(&ept, UINT64_C(1) << 39), "nothing beyond the physical-address width");
    ok(ept_map_gigabyte(&ept, (UINT64_C(1) << 39) - 1), "but all below it");
    expect(UINT64_C(1) << 40, 4, 0, "a lookup beyond the width finds nothing");
}

static void test_width(void)
{
    reset(4, ALL_SIZES);
    ept_init(&ept, pool, 4, ALL_SIZES, &mtrr, 52);
    ok(ept_map_gigabyte(&ept, (UINT64_C(1) << 48) - 1), "the last GiB of 48 bits");
    ok(!ept_map_gigabyte(&ept, UINT64_C(1) << 48), "a walk of four levels ends at 48 bits");
    expect((UINT64_C(1) << 48) - 1, 3, leaf((UINT64_C(1) << 48) - GIB, MEMORY_TYPE_WB, true),
           "and the last entry is right");
}

static void test_page_sizes(void)
{
    reset(4, EPT_CAP_2MIB);
    ok(ept_map_gigabyte(&ept, 0), "map without pages of 1 GiB");
    expect(7 * MIB, 2, leaf(6 * MIB, MEMORY_TYPE_WB, true), "entries of 2 MiB");
    reset(PAGES, 0);
    ok(ept_map_gigabyte(&ept, GIB), "map without large pages");
    expect(GIB + 7 * MIB + 5, 1, leaf(GIB + 7 * MIB, MEMORY_TYPE_WB, false), "entries of 4 KiB");
    is(PAGES - ept.free_count, 2 + 1 + 512, "tables for a GiB in 4 KiB pages");
}

static void test_types(void)
{
    reset(8, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 3 * GIB, GIB);
    range(1, MEMORY_TYPE_WC, 2 * GIB + 16 * MIB, 4 * KIB);
    ok(ept_map(&ept, 0, 4 * GIB), "map 4 GiB");
    expect(3 * GIB, 3, leaf(3 * GIB, MEMORY_TYPE_UC, true), "a GiB of UC");
    expect(2 * GIB, 2, leaf(2 * GIB, MEMORY_TYPE_WB, true), "a divided GiB is of 2 MiB pages");
    expect(2 * GIB + 16 * MIB, 1, leaf(2 * GIB + 16 * MIB, MEMORY_TYPE_WC, false), "a page of WC");
    expect(2 * GIB + 16 * MIB + 4 * KIB, 1,
           leaf(2 * GIB + 16 * MIB + 4 * KIB, MEMORY_TYPE_WB, false), "the page after it");
    is(8 - ept.free_count, 4, "no table too many");
}

static void test_retype(void)
{
    reset(8, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 2 * MIB, 4 * KIB);
    ok(ept_map(&ept, 0, 2 * GIB), "map 2 GiB");
    is(8 - ept.free_count, 4, "one GiB divided");
    mtrr.variable[0].mask = 0;
    ok(ept_retype(&ept), "retype after the hole has gone");
    expect(2 * MIB, 3, leaf(0, MEMORY_TYPE_WB, true), "the GiB is whole again");
    is(8 - ept.free_count, 2, "and its tables are free again");
    mtrr.default_type = 0;
    ok(ept_retype(&ept), "retype after the MTRRs were disabled");
    expect(GIB, 3, leaf(GIB, MEMORY_TYPE_UC, true), "all is UC");
    expect(2 * GIB, 3, 0, "what was absent stays absent");
    mtrr.default_type = MEMORY_TYPE_WB | MTRR_DEF_TYPE_ENABLE;
    for (unsigned i = 0; i < 100; i++) {
        range(0, MEMORY_TYPE_UC, i * 4 * KIB, 4 * KIB);
        ept_retype(&ept);
    }
    is(8 - ept.free_count, 4, "no table is lost by retyping");
}

static void test_hidden(void)
{
    reset(8, ALL_SIZES);
    ok(ept_map(&ept, 0, GIB), "map a GiB");
    ok(ept_hide(&ept, 16 * MIB + 1, 8 * KIB), "hide three pages of it");
    ok(!ept_hidden(&ept, 16 * MIB - 1) && ept_hidden(&ept, 16 * MIB) &&
           ept_hidden(&ept, 16 * MIB + 12 * KIB - 1) && !ept_hidden(&ept, 16 * MIB + 12 * KIB),
       "hidden ranges are whole pages");
    expect(16 * MIB + 8 * KIB, 1, 0, "a hidden page is absent");
    expect(16 * MIB + 12 * KIB, 1, leaf(16 * MIB + 12 * KIB, MEMORY_TYPE_WB, false),
           "the page after it is there");
    expect(14 * MIB, 2, leaf(14 * MIB, MEMORY_TYPE_WB, true), "the 2 MiB before it are there");
    ok(ept_hide(&ept, 32 * MIB, 2 * MIB), "hide 2 MiB");
    expect(33 * MIB, 2, 0, "they need no table of pages");
    ok(ept_map_gigabyte(&ept, 16 * MIB), "mapping does not bring them back");
    ok(ept_retype(&ept), "nor does retyping");
    expect(16 * MIB, 1, 0, "a hidden page stays absent");
    ok(ept_hide(&ept, GIB, GIB), "hide a whole GiB that is not mapped");
    ok(ept_map_gigabyte(&ept, GIB), "mapping it");
    expect(GIB, 3, 0, "does not make it appear");
}

/* What stands in for the VMM's memory while an instruction touches it. */
static void test_redirect(void)
{
    const uint64_t hidden = 32 * MIB + 8 * KIB, page = 5 * MIB;

    reset(4, ALL_SIZES);
    ok(ept_map(&ept, 0, GIB) && ept_hide(&ept, 32 * MIB, 2 * MIB) &&
           ept_hide(&ept, 64 * MIB, 2 * MIB),
       "hide two times 2 MiB of a GiB");
    ok(ept_redirect(&ept, hidden, page, EPT_READ), "redirect a hidden page");
    expect(hidden, 1, page | MEMORY_TYPE_WB << EPT_TYPE_SHIFT | EPT_READ, "it leads elsewhere");
    expect(hidden + 4 * KIB, 1, 0, "the page after it is absent");
    ok(ept_redirect(&ept, hidden, page, EPT_ACCESS), "redirect it again");
    expect(hidden, 1, leaf(page, MEMORY_TYPE_WB, false), "with more access");
    ok(ept_redirect(&ept, hidden, 0, 0), "redirect it to nothing");
    expect(hidden, 1, 0, "it is absent again");
    ok(!ept_redirect(&ept, 34 * MIB, page, EPT_READ), "a page that is not hidden stays");
    expect(34 * MIB, 2, leaf(34 * MIB, MEMORY_TYPE_WB, true), "what it is");
    ok(!ept_redirect(&ept, 64 * MIB, page, EPT_READ), "no table is left for another page");
    expect(64 * MIB, 2, 0, "which stays absent");
}

static void test_exhaustion(void)
{
    reset(2, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 0, 4 * KIB);
    ok(!ept_map_gigabyte(&ept, 0), "a divided GiB does not fit into two tables");
    expect(0, 3, 0, "and is absent then");
    ok(ept_map_gigabyte(&ept, GIB), "a whole one does");
    reset(3, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 512 * MIB, 4 * KIB);
    ok(!ept_map_gigabyte(&ept, 0), "the pool runs dry within a GiB");
    is(ept.free_count, 1, "and all that was taken for it comes back");
    ok(ept_map_gigabyte(&ept, GIB), "so that others still fit");
    reset(1, ALL_SIZES);
    ok(!ept_map_gigabyte(&ept, 0), "a pool of the root alone");

    reset(2, ALL_SIZES);
    ok(ept_map_gigabyte(&ept, 0) && !ept_hide(&ept, 0, 4 * KIB), "hiding without a table left");
    expect(0, 4, 0, "hides all that was mapped rather than nothing");
    for (unsigned i = 1; i < EPT_HIDDEN_MAX; i++)
        ept_hide(&ept, i * MIB, MIB);
    ok(!ept_hide(&ept, 5 * GIB, MIB), "one hidden range too many");
}

/* A guest may touch more than the pool describes: all that it has is given to the last it touched. */
static void test_room(void)
{
    reset(4, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 2 * MIB + 4 * KIB, 4 * KIB);
    range(1, MEMORY_TYPE_UC, 500 * GIB, 4 * KIB);
    ok(ept_map_gigabyte(&ept, 0) && !ept_map_gigabyte(&ept, 500 * GIB),
       "a pool that one divided GiB fills");
    ept_make_room(&ept);
    expect(0, 4, 0, "making room forgets it");
    ok(ept_map_gigabyte(&ept, 0), "it fits again,");
    is(4 - ept.free_count, 3, "in fewer tables");
    expect(2 * MIB, 2, leaf(2 * MIB, MEMORY_TYPE_UC, true), "what has several types is UC");
    expect(4 * MIB, 2, leaf(4 * MIB, MEMORY_TYPE_WB, true), "all else is what it was");
    ok(ept_retype(&ept), "new MTRRs, and there is room");
    expect(2 * MIB, 1, leaf(2 * MIB, MEMORY_TYPE_WB, false), "for every type");
    for (unsigned i = 0; i < 8; i++)
        range(i, MEMORY_TYPE_UC, i * 4 * MIB, 4 * KIB);
    ok(!ept_retype(&ept), "new MTRRs without room for all types");
    expect(0, 4, 0, "and nothing keeps an old one");
    ok(ept_map_gigabyte(&ept, 0), "which is mapped all the same");
}

/* Every page maps to itself with its own type or is hidden, at whatever size. */
static void test_every_page(void)
{
    uint64_t entry;
    unsigned level;
    bool right = true, uniform;

    reset(PAGES, ALL_SIZES);
    range(0, MEMORY_TYPE_UC, 0xa0000, 128 * KIB);
    range(1, MEMORY_TYPE_WT, 64 * MIB, 4 * MIB);
    range(2, MEMORY_TYPE_UC, 512 * MIB, 512 * MIB);
    ept_hide(&ept, 100 * MIB + 4 * KIB, 9 * MIB);
    ept_map(&ept, 0, GIB);
    for (uint64_t gpa = 0; gpa < GIB; gpa += 4 * KIB) {
        bool mapped = ept_lookup(&ept, gpa, &entry, &level);
        enum memory_type type = mtrr_type(&mtrr, gpa, 4 * KIB, &uniform);
        uint64_t size = 4 * KIB << (9 * (level - 1));

        right &= mapped == !ept_hidden(&ept, gpa);
        right &= !mapped || entry == leaf(gpa & ~(size - 1), type, level > 1);
    }
    ok(right, "every page of a GiB");
}

int main(void)
{
    test_empty();
    test_gigabytes();
    test_width();
    test_page_sizes();
    test_types();
    test_retype();
    test_hidden();
    test_redirect();
    test_exhaustion();
    test_room();
    test_every_page();
    return tap_done();
}
