/* sources: tool */
/* longest: 700 */
/* SPDX-License-Identifier: MIT */
/*
 * The commands that read a log, as they are: the first byte chooses a command line, the others are
 * the log.
 */
#define _GNU_SOURCE /* memfd_create */
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seal.h"
#include "trace/host/commands.h"

enum { ELEMENTS = 5000, WORDS = 8 };

static const struct {
    int (*command)(int argc, char **argv);
    const char *word[WORDS]; /* the log's name comes last */
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
    { diff_command, { "diff", "--all" } },
    { diff_command, { "diff", "--ignore=HLT", "--places=2" } },
};

/* The log as a file; its name stays the same. */
static int open_log(const uint8_t *log, size_t n)
{
    static FILE *file;

    if (!file)
        file = fdopen(memfd_create("input", MFD_CLOEXEC), "w+");
    FUZZ_REQUIRE(file && ftruncate(fileno(file), 0) == 0 &&
                 pwrite(fileno(file), log, n, 0) == (ssize_t)n);
    return fileno(file);
}

/* What a command writes goes nowhere; what a sanitizer has to say still goes to standard error. */
static void be_quiet(bool quiet)
{
    static int nowhere = -1, out, error;

    if (nowhere < 0) {
        nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        out = dup(STDOUT_FILENO);
        error = dup(STDERR_FILENO);
        __sanitizer_set_report_fd((void *)(intptr_t)error);
    }
    fflush(stdout);
    dup2(quiet ? nowhere : out, STDOUT_FILENO);
    dup2(quiet ? nowhere : error, STDERR_FILENO);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argument[WORDS + 2], path[32];
    int words = 0;

    if (!size || seal_elements(data + 1, size - 1, ELEMENTS) == ELEMENTS)
        return 0;

    unsigned line = *data % (sizeof(command_lines) / sizeof(command_lines[0]));

    snprintf(path, sizeof(path), "/proc/self/fd/%d", open_log(data + 1, size - 1));
    for (; command_lines[line].word[words]; words++)
        argument[words] = strdup(command_lines[line].word[words]);

    int count = words;

    argument[count++] = path;
    if (command_lines[line].command == diff_command)
        argument[count++] = path;
    argument[count] = NULL;

    be_quiet(true);

    int status = command_lines[line].command(count, argument);

    be_quiet(false);

    FUZZ_REQUIRE(status >= 0 && status <= STATUS_OUTPUT);
    while (words)
        free(argument[--words]);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    n = LLVMFuzzerMutate(data, n, room);
    if (n > 1 && seed % 16)
        seal_log(data + 1, n - 1, seed);
    return n;
}
