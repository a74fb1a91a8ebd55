/* sources: trace reader import */
/* longest: 16000 */
/* SPDX-License-Identifier: MIT */
/*
 * Traces of other hypervisors: trace.dat and xentrace. Whatever a trace is, the log made of it is
 * whole, and holds the exits that were told.
 */
#include "tests/fuzz/import_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct import_options every, some = { .chosen = 1, .choice = { 1 }, .tsc_hz = 7 };

    import_check(data, size, size % 8 ? &every : &some);
    return 0;
}
