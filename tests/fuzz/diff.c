/* sources: tool tests/fuzz/run_command.c */
/* longest: 1000 */
/* SPDX-License-Identifier: MIT */
/*
 * `vexit diff` of two logs: an input's first byte chooses a command line, the next two say where the
 * first log ends and the second one begins. Two logs that are the same are so in either order.
 */
#include "tests/fuzz/run_command.h"
#include "tests/fuzz/seal.h"
#include "trace/host/commands.h"

enum { ELEMENTS = 2000, HEAD = 3 };

static const char *const command_lines[][COMMAND_WORDS] = {
    { "diff", "--all" },
    { "diff", "--ignore=HLT", "--places=2" },
    { "diff", "--ignore=rip,qualification,slots" },
};

/* How many bytes of an input's logs are the first one. */
static size_t first_log(const uint8_t *data, size_t n)
{
    return (size_t)(data[1] | data[2] << 8) % (n - HEAD + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD || seal_elements(data + HEAD, size - HEAD, ELEMENTS) == ELEMENTS)
        return 0;

    const char *const *line = command_lines[*data % 3];
    size_t n = first_log(data, size);
    const char *a = command_log(0, data + HEAD, n);
    const char *b = command_log(1, data + HEAD + n, size - HEAD - n);
    int status = command_run(diff_command, line, (const char *const[]){ a, b, NULL });

    FUZZ_REQUIRE(status ||
                 command_run(diff_command, line, (const char *const[]){ b, a, NULL }) == 0);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    n = LLVMFuzzerMutate(data, n, room);
    if (n > HEAD && seed % 16) {
        size_t first = first_log(data, n);

        seal_log(data + HEAD, first, seed);
        seal_log(data + HEAD + first, n - HEAD - first, seed);
    }
    return n;
}
