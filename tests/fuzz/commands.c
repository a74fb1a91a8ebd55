/* sources: tool tests/fuzz/run_command.c */
/* longest: 700 */
/* SPDX-License-Identifier: MIT */
/*
 * The commands that read a log, as they are: the first byte chooses a command line, the others are
 * the log.
 */
#include "trace/host/commands.h"
#include "tests/fuzz/run_command.h"
#include "tests/fuzz/seal.h"

enum { ELEMENTS = 5000 };

static const struct {
    command_function command;
    const char *word[COMMAND_WORDS]; /* the log's name comes last */
} command_lines[] = {
    { decode_command, { "decode" } },
    { decode_command, { "decode", "--no-time", "--no-text" } },
    { decode_command, { "decode", "--reason=CPUID,IO_INSTRUCTION", "--vcpu=0-1" } },
    { decode_command, { "decode", "--time=1000-1s", "--slower=50" } },
    { stat_command, { "stat" } },
    { stat_command, { "stat", "--unit=us", "--sort=count" } },
    { stat_command, { "stat", "--by=vcpu,detail", "--csv", "--top=5" } },
    { stat_command, { "stat", "--by=rip,qualification", "--json" } },
    { decode_command, { "decode", "--names", "--between=1," } },
    { decode_command, { "decode", "--json", "--rip=0-0xffffffff" } },
    { hot_command, { "hot", "--sort=p95" } },
    { timeline_command, { "timeline", "-o", "-" } },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || seal_elements(data + 1, size - 1, ELEMENTS) == ELEMENTS)
        return 0;

    unsigned line = *data % (sizeof(command_lines) / sizeof(command_lines[0]));
    const char *const names[] = { command_log(0, data + 1, size - 1), NULL };

    command_run(command_lines[line].command, command_lines[line].word, names);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    return mutate_log(data, n, room, 1, seed);
}
