/* SPDX-License-Identifier: MIT */
/*
 * Properties: what must hold whatever the case, tried on many cases. Each case is made from a
 * number, its seed, and the seeds are the same in every run: 1, 2, 3 ...
 *
 *   PROPERTY_TIMES=100   a hundred times as many cases
 *   PROPERTY_SEED=77     this one case alone
 */
#ifndef TESTS_UNIT_PROPERTY_H
#define TESTS_UNIT_PROPERTY_H

#include <stdint.h>
#include <stdlib.h>

#include "tests/unit/tap.h"

/* The number in an environment variable; `otherwise` where it is not set. */
static inline unsigned long property_setting(const char *name, unsigned long otherwise)
{
    const char *value = getenv(name);

    return value && *value ? strtoul(value, NULL, 0) : otherwise;
}

/*
 * Tries holds(seed) for seeds from 1 until one does not hold, which is shown with the line that
 * repeats it. holds() may print more about it, in lines that begin with "#".
 */
static inline void property(const char *name, unsigned long cases, bool (*holds)(uint64_t seed))
{
    unsigned long first = property_setting("PROPERTY_SEED", 1);
    unsigned long last = first;

    if (!getenv("PROPERTY_SEED"))
        last = cases * property_setting("PROPERTY_TIMES", 1);
    for (unsigned long seed = first; seed <= last; seed++)
        if (!holds(seed)) {
            ok(false, "%s", name);
            printf("# not in case %lu: PROPERTY_SEED=%lu repeats it\n", seed, seed);
            return;
        }
    ok(true, "%s (%lu cases)", name, last - first + 1);
}

#endif
