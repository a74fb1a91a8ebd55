/* sources: trace/host/show/histogram.c */
/* SPDX-License-Identifier: MIT */
/* Percentiles are those that sorting would find, within the error that the header states. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/show/histogram.h"

enum { VALUES = 2000 };

static struct histogram histogram;
static uint64_t value[VALUES];
static uint64_t seed = 5;

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* Whether a is within 1/128 of b. */
static bool near(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= b / 128;
}

static void test_against_sorting(void)
{
    bool all = true;

    for (unsigned round = 0; round < 200; round++) {
        size_t n = 1 + random_below(&seed, VALUES);
        unsigned shift = (unsigned)random_below(&seed, 64);

        memset(&histogram, 0, sizeof(histogram));
        for (size_t i = 0; i < n; i++) {
            value[i] = round % 2 ? random_wild(&seed) : random_next(&seed) >> shift;
            histogram_add(&histogram, value[i]);
        }
        qsort(value, n, sizeof(value[0]), compare);
        for (unsigned percent = 1; percent <= 100; percent++) {
            size_t rank = (n * percent + 99) / 100;

            all = all && near(histogram_percentile(&histogram, percent), value[rank - 1]);
        }
    }
    ok(all, "every percentile is within 1/128 of the one that sorting finds");
}

static void test_small_values(void)
{
    bool exact = true;

    for (uint64_t v = 0; v < 128; v++) {
        memset(&histogram, 0, sizeof(histogram));
        histogram_add(&histogram, v);
        exact = exact && histogram_percentile(&histogram, 50) == v;
    }
    ok(exact, "values below 128 are exact");
    memset(&histogram, 0, sizeof(histogram));
    is(histogram_percentile(&histogram, 99), 0, "nothing counted: 0");
    histogram_add(&histogram, UINT64_MAX);
    ok(near(histogram_percentile(&histogram, 1), UINT64_MAX), "the largest value has its place");
}

int main(void)
{
    test_against_sorting();
    test_small_values();
    return tap_done();
}
