/* SPDX-License-Identifier: MIT */
/* Runs a command of the tool in this process, on logs that are in memory. */
#define _GNU_SOURCE /* memfd_create */
#include "tests/fuzz/run_command.h"

#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "trace/host/commands.h"

const char *command_log(unsigned number, const uint8_t *log, size_t n)
{
    static int fd[COMMAND_LOGS];
    static char path[COMMAND_LOGS][32];

    if (!*path[number]) {
        fd[number] = memfd_create("log", MFD_CLOEXEC);
        snprintf(path[number], sizeof(path[number]), "/proc/self/fd/%d", fd[number]);
    }
    FUZZ_REQUIRE(ftruncate(fd[number], 0) == 0 && pwrite(fd[number], log, n, 0) == (ssize_t)n);
    return path[number];
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

int command_run(command_function command, const char *const *words, const char *const *names)
{
    char *argument[COMMAND_WORDS + COMMAND_LOGS + 1];
    int count = 0, status;

    /* Options are put before all else, and commands may write into their words. */
    for (; *words; words++)
        argument[count++] = strdup(*words);
    for (; *names; names++)
        argument[count++] = strdup(*names);
    argument[count] = NULL;

    char *copy[COMMAND_WORDS + COMMAND_LOGS];

    memcpy(copy, argument, sizeof(copy));
    be_quiet(true);
    status = command(count, argument);
    be_quiet(false);
    FUZZ_REQUIRE(status >= 0 && status <= STATUS_OUTPUT);
    while (count)
        free(copy[--count]);
    return status;
}
