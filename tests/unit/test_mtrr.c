/* sources: vmx/mtrr.c */
/* SPDX-License-Identifier: MIT */
/* Memory types from MTRRs: precedences, overlaps, and what counts as uniform. */
#include "tests/unit/tap.h"
#include "vmx/msr.h"
#include "vmx/mtrr.h"

#define KIB   UINT64_C(1024)
#define MIB   (1024 * KIB)
#define GIB   (1024 * MIB)
#define WIDTH ((UINT64_C(1) << 39) - 1)

static struct mtrr_state state;

static void reset(enum memory_type default_type, uint64_t enables)
{
    state = (struct mtrr_state){
        .capability = MTRRCAP_FIX | 10,
        .default_type = default_type | enables,
    };
}

static void range(unsigned i, enum memory_type type, uint64_t base, uint64_t length)
{
    state.variable[i].base = base | type;
    state.variable[i].mask = (~(length - 1) & WIDTH) | MTRR_PHYSMASK_VALID;
}

static void expect(uint64_t pa, uint64_t length, enum memory_type type, bool uniform,
                   const char *what)
{
    bool same;
    enum memory_type got = mtrr_type(&state, pa, length, &same);

    if (!ok((!uniform || got == type) && same == uniform, "%s", what))
        printf("# type %d, uniform %d at %#llx\n", got, same, (unsigned long long)pa);
}

static void test_disabled(void)
{
    reset(MEMORY_TYPE_WB, 0);
    range(0, MEMORY_TYPE_WB, 0, GIB);
    expect(0, GIB, MEMORY_TYPE_UC, true, "all is UC while the MTRRs are disabled");
}

static void test_default(void)
{
    reset(MEMORY_TYPE_WT, MTRR_DEF_TYPE_ENABLE);
    expect(0, GIB, MEMORY_TYPE_WT, true, "the default type where no range is");
    state.variable[0].base = MEMORY_TYPE_UC;
    expect(0, GIB, MEMORY_TYPE_WT, true, "a range without its valid bit does not count");
    state.capability = MTRRCAP_FIX;
    range(0, MEMORY_TYPE_UC, 0, GIB);
    expect(0, GIB, MEMORY_TYPE_WT, true, "a range that IA32_MTRRCAP does not count does not count");
}

static void test_variable(void)
{
    reset(MEMORY_TYPE_UC, MTRR_DEF_TYPE_ENABLE);
    range(0, MEMORY_TYPE_WB, 0, 2 * GIB);
    expect(GIB, GIB, MEMORY_TYPE_WB, true, "a block within a range");
    expect(2 * GIB, GIB, MEMORY_TYPE_UC, true, "a block beside a range");
    expect(0, 4 * GIB, MEMORY_TYPE_WB, false, "a block larger than a range");

    range(1, MEMORY_TYPE_UC, 2 * GIB - 2 * MIB, 2 * MIB);
    expect(GIB, GIB, MEMORY_TYPE_WB, false, "a UC hole in WB divides its GiB");
    expect(2 * GIB - 2 * MIB, 2 * MIB, MEMORY_TYPE_UC, true, "UC wins over WB");
    expect(2 * GIB - 4 * MIB, 2 * MIB, MEMORY_TYPE_WB, true, "the 2 MiB before the hole");
}

static void test_overlaps(void)
{
    reset(MEMORY_TYPE_WB, MTRR_DEF_TYPE_ENABLE);
    range(0, MEMORY_TYPE_WB, 0, GIB);
    range(1, MEMORY_TYPE_WT, 0, 2 * MIB);
    expect(0, 2 * MIB, MEMORY_TYPE_WT, true, "WT wins over WB");
    expect(0, GIB, MEMORY_TYPE_WT, false, "a WT part of a WB block divides it");
    range(2, MEMORY_TYPE_WC, 0, 2 * MIB);
    expect(0, 2 * MIB, MEMORY_TYPE_UC, true, "an undefined overlap is UC");

    reset(MEMORY_TYPE_WB, MTRR_DEF_TYPE_ENABLE);
    range(0, MEMORY_TYPE_WB, 4 * MIB, 4 * MIB);
    expect(0, GIB, MEMORY_TYPE_WB, true, "a range of the default type divides nothing");
    range(1, MEMORY_TYPE_UC, 0, GIB);
    expect(0, GIB, MEMORY_TYPE_UC, true, "nothing divides UC");
}

static void test_gaps_in_mask(void)
{
    reset(MEMORY_TYPE_UC, MTRR_DEF_TYPE_ENABLE);
    state.variable[0].base = MEMORY_TYPE_WB;
    state.variable[0].mask = (WIDTH & ~(4 * MIB - 1) & ~(8 * GIB)) | MTRR_PHYSMASK_VALID;
    expect(0, 2 * MIB, MEMORY_TYPE_WB, true, "a mask with a gap matches below");
    expect(8 * GIB, 2 * MIB, MEMORY_TYPE_WB, true, "and above");
    expect(4 * GIB, GIB, MEMORY_TYPE_UC, true, "and not between");
}

static void test_fixed(void)
{
    const uint64_t enable = MTRR_DEF_TYPE_ENABLE | MTRR_DEF_TYPE_FIXED_ENABLE;

    reset(MEMORY_TYPE_UC, enable);
    range(0, MEMORY_TYPE_WB, 0, GIB);
    state.fixed[0] = UINT64_C(0x0606060606060604);  /* WT in the lowest 64 KiB */
    state.fixed[1] = UINT64_C(0x0506060606060606);  /* WP in 0x9c000 */
    state.fixed[10] = UINT64_C(0x0100000000000000); /* WC in 0xff000 */
    expect(0xf000, 4 * KIB, MEMORY_TYPE_WT, true, "a fixed range of 64 KiB");
    expect(0x10000, 64 * KIB, MEMORY_TYPE_WB, true, "the next one");
    expect(0x98000, 16 * KIB, MEMORY_TYPE_WB, true, "a fixed range of 16 KiB");
    expect(0x9c000, 4 * KIB, MEMORY_TYPE_WP, true, "the next one");
    expect(0xa0000, 4 * KIB, MEMORY_TYPE_UC, true, "fixed ranges win over variable ones");
    expect(0xff000, 4 * KIB, MEMORY_TYPE_WC, true, "the last fixed range");
    expect(0, 128 * KIB, MEMORY_TYPE_WT, false, "blocks of several types");
    expect(0x100000, 1 * MIB, MEMORY_TYPE_WB, true, "fixed ranges end at 1 MiB");
    expect(0, 2 * MIB, MEMORY_TYPE_WT, false, "a block across 1 MiB");
    state.default_type &= ~(uint64_t)MTRR_DEF_TYPE_FIXED_ENABLE;
    expect(0, 2 * MIB, MEMORY_TYPE_WB, true, "fixed ranges that are not enabled");
}

/* The answer for a block agrees with the answers for its pages, whatever the registers hold. */
static void test_blocks_against_pages(void)
{
    static const uint8_t types[] = { 0, 1, 4, 5, 6 };
    uint64_t seed = 1;
    bool agree = true;

    for (unsigned round = 0; round < 300; round++) {
        reset(types[round % 5],
              MTRR_DEF_TYPE_ENABLE | (round & 1 ? MTRR_DEF_TYPE_FIXED_ENABLE : 0));
        for (unsigned i = 0; i < 4; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            uint64_t length = 4 * KIB << ((seed >> 33) % 12);

            range(i, types[(seed >> 40) % 5], (seed >> 20) % (8 * MIB) & ~(length - 1), length);
        }
        for (uint64_t pa = 0; pa < 8 * MIB; pa += 2 * MIB) {
            bool uniform, page_uniform;
            enum memory_type type = mtrr_type(&state, pa, 2 * MIB, &uniform);

            for (uint64_t at = pa; at < pa + 2 * MIB; at += 4 * KIB) {
                enum memory_type page = mtrr_type(&state, at, 4 * KIB, &page_uniform);

                agree &= page_uniform && (!uniform || page == type);
            }
        }
    }
    ok(agree, "a uniform block has the type of each of its pages");
}

static void test_msrs(void)
{
    ok(mtrr_owns(MSR_IA32_MTRR_DEF_TYPE) && mtrr_owns(MSR_IA32_MTRR_FIX4K_F8000) &&
           mtrr_owns(MSR_IA32_MTRR_PHYSBASE0) && mtrr_owns(0x24f),
       "MSRs that are MTRRs");
    ok(!mtrr_owns(MSR_IA32_PAT) && !mtrr_owns(MSR_IA32_MTRRCAP) && !mtrr_owns(0x251) &&
           !mtrr_owns(0x1ff),
       "MSRs that are not");
}

int main(void)
{
    test_disabled();
    test_default();
    test_variable();
    test_overlaps();
    test_gaps_in_mask();
    test_fixed();
    test_blocks_against_pages();
    test_msrs();
    return tap_done();
}
