/* sources: trace reader import */
/* longest: 16000 */
/* SPDX-License-Identifier: MIT */
/*
 * Traces of other hypervisors: trace.dat and xentrace. Whatever a trace is, the log made of it is
 * whole, and holds the exits that were told.
 */
#include "tests/fuzz/edit_dat.h"
#include "tests/fuzz/edit_xen.h"
#include "tests/fuzz/import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct import_options options[] = {
        { 0 },
        { .chosen = 1, .choice = { 1 }, .tsc_hz = 7 },
        { .buffer = "a" },
    };

    import_check(data, size, &options[size % 8 < 3 ? size % 8 : 0]);
    return 0;
}

/* Most inputs are changed so that what was a record or an event still is one. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    struct edit edit = { .data = data, .n = n, .room = room, .random = seed };
    uint64_t times = random_below(&edit.random, 5);

    for (uint64_t i = 0; i < times; i++)
        if (!edit_xen(&edit) && !edit_dat(&edit))
            break;
    if (times == 0 || (edit.n == n && random_below(&edit.random, 4) == 0))
        return LLVMFuzzerMutate(data, edit.n, room);
    return edit.n;
}
