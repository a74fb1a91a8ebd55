/* sources: tool tests/fuzz/run_command.c */
/* longest: 700 */
/* SPDX-License-Identifier: MIT */
/*
 * `vexit export`, a format at a time: the first byte chooses a command line, the others are the log.
 * What vexit can import again has to hold the exits that the log's first run has.
 */
#define _GNU_SOURCE /* nftw */
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/fuzz/import_check.h"
#include "tests/fuzz/run_command.h"
#include "tests/fuzz/seal.h"
#include "trace/host/commands.h"

enum { ELEMENTS = 5000 };

/* The name of what is written comes behind the last word, the log's after that. */
static const struct {
    const char *word[COMMAND_WORDS];
    bool whole, imported; /* all exits are written; in a format that can be imported */
} command_lines[] = {
    { { "export", "--ctf" }, true, false },
    { { "export", "--xentrace" }, true, true },
    { { "export", "--trace-dat" }, true, true },
    { { "export", "--perf" }, true, false },
    { { "export", "--json" }, true, false },
    { { "export", "--vcpu=0-2", "--tsc-hz=1", "--ctf" }, false, false },
    { { "export", "--reason=CPUID,HLT", "--run=2", "--xentrace" }, false, true },
    { { "export", "--time=1000-1s", "--trace-dat" }, false, true },
    { { "export", "--slower=50", "--run=2", "--perf" }, false, false },
    { { "export", "--between=1,", "--tsc-hz=4000000000", "--json" }, false, false },
};

static char directory[] = "/dev/shm/vexit-fuzz-XXXXXX", target[sizeof(directory) + 8];

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_target(void)
{
    if (access(target, F_OK) == 0)
        nftw(target, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static void remove_directory(void)
{
    remove_target();
    rmdir(directory);
}

/* What export writes is new each time, in memory. */
static void make_directory(void)
{
    if (*target)
        return;
    FUZZ_REQUIRE(mkdtemp(directory));
    snprintf(target, sizeof(target), "%s/target", directory);
    atexit(remove_directory);
}

/* Exits of the first run, by the log's own reader */

struct first_run {
    uint64_t exits;
    bool over;
};

static void on_element(void *context, const struct trace_element *element)
{
    struct first_run *run = context;

    run->exits += !run->over && element->kind <= TRACE_EXIT_ONLY;
}

static void on_run_end(void *context, const struct log_run *ended)
{
    ((struct first_run *)context)->over |= ended->frames != 0;
}

static uint64_t exits_of(const uint8_t *log, size_t n)
{
    struct first_run run = { 0 };
    const struct log_events events = { .context = &run,
                                       .element = on_element,
                                       .run_end = on_run_end };
    struct log_reader *reader = log_reader_new(&events);

    log_reader_feed(reader, log, n);
    log_reader_finish(reader);
    log_reader_free(reader);
    return run.exits;
}

/* Importing what was exported */

static uint64_t import_target(void)
{
    static const struct import_options all;
    int fd = open(target, O_RDONLY | O_CLOEXEC);
    struct stat status;

    FUZZ_REQUIRE(fd >= 0 && fstat(fd, &status) == 0);

    size_t n = (size_t)status.st_size;
    uint8_t *bytes = malloc(n ? n : 1);

    FUZZ_REQUIRE(bytes && pread(fd, bytes, n, 0) == (ssize_t)n);
    close(fd);

    int64_t exits = import_check(bytes, n, &all);

    free(bytes);
    return exits < 0 ? 0 : (uint64_t)exits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size || seal_elements(data + 1, size - 1, ELEMENTS) == ELEMENTS)
        return 0;
    make_directory();

    unsigned line = *data % (sizeof(command_lines) / sizeof(command_lines[0]));
    const char *const names[] = { target, command_log(0, data + 1, size - 1), NULL };
    int status = command_run(export_command, command_lines[line].word, names);

    if (status <= STATUS_INCOMPLETE && command_lines[line].imported) {
        uint64_t exits = import_target();

        FUZZ_REQUIRE(!command_lines[line].whole || exits == exits_of(data + 1, size - 1));
    }
    remove_target();
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    return mutate_log(data, n, room, 1, seed);
}
