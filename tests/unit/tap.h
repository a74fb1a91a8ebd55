/* SPDX-License-Identifier: MIT */
/* Results of a unit test in the Test Anything Protocol, for prove. */
#ifndef TESTS_UNIT_TAP_H
#define TESTS_UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static unsigned tap_count, tap_failed;

/* ok - one result, under a name given as for printf; returns passed. */
static inline bool __attribute__((format(printf, 2, 3))) ok(bool passed, const char *name, ...)
{
    va_list ap;

    if (!passed)
        tap_failed++;
    printf("%sok %u - ", passed ? "" : "not ", ++tap_count);
    va_start(ap, name);
    vprintf(name, ap);
    va_end(ap);
    putchar('\n');
    return passed;
}

/* is - ok() for a number, which is shown where it is not the expected one. */
#define is(got, expected, ...)                                                                     \
    do {                                                                                           \
        unsigned long long tap_got = (unsigned long long)(got);                                    \
        unsigned long long tap_expected = (unsigned long long)(expected);                          \
        if (!ok(tap_got == tap_expected, __VA_ARGS__))                                             \
            printf("# got %#llx, expected %#llx (line %d)\n", tap_got, tap_expected, __LINE__);    \
    } while (0)

/* tap_done - the plan; to be returned from main(). */
static inline int tap_done(void)
{
    printf("1..%u\n", tap_count);
    return tap_failed != 0;
}

#endif
