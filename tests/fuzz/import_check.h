/* SPDX-License-Identifier: MIT */
/* What must be true of an import of any bytes: a log that is whole and holds the exits told, or none. */
#ifndef TESTS_FUZZ_IMPORT_CHECK_H
#define TESTS_FUZZ_IMPORT_CHECK_H

#include "tests/fuzz/log_check.h"
#include "trace/host/import/import.h"

static inline bool import_check_take(void *context, const void *bytes, size_t n)
{
    struct log_check *check = context;

    log_reader_feed(check->reader, bytes, n);
    return true;
}

/*
 * Imports them. Returns how many exits the trace has, with those that a log has no room for; below
 * 0: no log was made.
 */
static inline int64_t import_check(const uint8_t *data, size_t size,
                                   const struct import_options *options)
{
    static struct import import;
    struct log_check check;

    log_check_begin(&check);
    memset(&import, 0, sizeof(import));
    import.options = options;
    import.write = import_check_take;
    import.context = &check;

    bool good = import_trace(&import, data, size);

    log_check_end(&check);
    FUZZ_REQUIRE(good || (*import.error && !check.runs));
    FUZZ_REQUIRE(!good || (check.complete == 1 && check.runs == 1));
    FUZZ_REQUIRE(!good || check.exits == import.pairing.exits);
    return good ? (int64_t)(check.exits + import.map.left_out) : -1;
}

#endif
