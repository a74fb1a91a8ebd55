/* sources: loaders */
/* longest: 1500 */
/* SPDX-License-Identifier: MIT */
/*
 * Guest images of every kind, with a module behind. Nothing outside of usable memory may be
 * touched, and what is loaded begins in usable memory.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/guest_machine.h"

enum { RAM = 0x400000 }; /* the less there is, the faster it is made unreachable */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char second[] = "a module";

    machine_reset(RAM);
    machine_module(data, size, "kernel line");
    if (size & 1)
        machine_module(second, sizeof(second), "module line");
    FUZZ_REQUIRE(sound(machine_load()));
    return 0;
}
