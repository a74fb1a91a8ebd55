/* sources: trace reader import */
/* SPDX-License-Identifier: MIT */
/*
 * Foreign traces, real ones and small ones, cut off and damaged: whatever is left of one, a whole log
 * is made of it or none.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/fuzz/import_check.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"

enum { ROOM = 1 << 16, BUDGET = 1 << 20 /* bytes to import for each test of a file */ };

static const struct import_options options;
static uint64_t seed = 5;

static size_t read_file(const char *path, uint8_t *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t n = file ? fread(bytes, 1, ROOM, file) : 0;

    if (file)
        fclose(file);
    return n;
}

/* A copy of just this length, so that a byte beyond it is seen to be read. */
static int64_t import_copy(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);

    memcpy(copy, bytes, n);

    int64_t exits = import_check(copy, n, &options);

    free(copy);
    return exits;
}

/* At every length of a small file, at some of all sizes of a large one. */
static void cut_off(const char *path, const uint8_t *bytes, size_t n, int64_t all)
{
    size_t step = n * n / BUDGET + 1;
    unsigned more = 0;

    for (size_t length = 0; length < n; length += step)
        more += import_copy(bytes, length) > all;
    is(more, 0, "%s: cut off anywhere it has no more exits than whole", path);
}

static void damage(const char *path, uint8_t *bytes, size_t n)
{
    unsigned made = 0, times = (unsigned)(BUDGET / n);

    for (unsigned i = 0; i < times && i < 500; i++) {
        uint8_t kept[8];
        size_t length = 1 + random_below(&seed, sizeof(kept));
        size_t at = random_below(&seed, (i % 2 ? n : n / 8) - sizeof(kept));

        memcpy(kept, bytes + at, length);
        if (i % 3)
            bytes[at] ^= (uint8_t)(1 << random_below(&seed, 8));
        else
            for (size_t k = 0; k < length; k++)
                bytes[at + k] = (uint8_t)random_wild(&seed);
        made += import_copy(bytes, n) >= 0;
        memcpy(bytes + at, kept, length);
    }
    ok(made > 0, "%s: damaged it is imported still, %u times", path, made);
}

static void test(const char *path, int64_t exits)
{
    static uint8_t bytes[ROOM];
    size_t n = read_file(path, bytes);
    int64_t all = import_copy(bytes, n);

    is(all, exits, "%s: its exits", path);
    cut_off(path, bytes, n, all);
    damage(path, bytes, n);
}

int main(void)
{
    test("tests/traces/kvm.dat", 2175);
    test("tests/traces/kvm-smp-tsc.dat", 58);
    test("tests/traces/kvm-instance.dat", 1896);
    test("tests/fuzz/corpus/import/two", 3);
    test("tests/fuzz/corpus/import/v7-zstd", 2);
    test("tests/fuzz/corpus/import/xen", 2);
    return tap_done();
}
