/* sources: trace reader import */
/* longest: 16000 */
/* SPDX-License-Identifier: MIT */
/*
 * Traces of other hypervisors: trace.dat and xentrace. Whatever a trace is, the log made of it is
 * whole, and holds the exits that were told.
 */
#include "trace/host/import/import.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/log_check.h"

static bool take(void *context, const void *bytes, size_t n)
{
    struct log_check *check = context;

    log_reader_feed(check->reader, bytes, n);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct import import;
    static const struct import_options every, some = { .chosen = 1, .choice = { 1 }, .tsc_hz = 7 };
    struct log_check check;

    log_check_begin(&check);
    memset(&import, 0, sizeof(import));
    import.options = size % 8 ? &every : &some;
    import.write = take;
    import.context = &check;

    bool good = import_trace(&import, data, size);

    log_check_end(&check);
    FUZZ_REQUIRE(good || (*import.error && !check.runs));
    FUZZ_REQUIRE(!good || (check.complete == 1 && check.runs == 1));
    FUZZ_REQUIRE(!good || check.exits == import.pairing.exits);
    return 0;
}
