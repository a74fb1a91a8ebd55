/* SPDX-License-Identifier: MIT */
/*
 * Gives a fuzz target the inputs that are in the tree: those that found something once (crashes)
 * and some that reach much of the code (corpus). Results as prove wants them. The target's name is
 * the program's.
 *
 *   build/replay/TARGET            all of them
 *   build/replay/TARGET FILE...    these alone
 */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/tap.h"

enum { SECONDS = 300 }; /* for all inputs; an endless loop must end, too */

/* In memory of its exact size, so that the sanitizer sees every byte too many. */
static bool replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    long size = -1;

    printf("# %s\n", path);
    fflush(stdout);
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size < 0 || fseek(file, 0, SEEK_SET) != 0)
        return false;

    uint8_t *bytes = malloc(size ? (size_t)size : 1);
    bool whole = bytes && fread(bytes, 1, (size_t)size, file) == (size_t)size;

    fclose(file);
    if (whole)
        LLVMFuzzerTestOneInput(bytes, (size_t)size);
    free(bytes);
    return whole;
}

static void replay_directory(const char *kind, const char *target)
{
    char path[512];
    struct dirent **entry;
    unsigned good = 0;

    snprintf(path, sizeof(path), "tests/fuzz/%s/%s", kind, target);

    int n = scandir(path, &entry, NULL, alphasort), inputs = 0;

    for (int i = 0; i < n; i++) {
        if (entry[i]->d_name[0] != '.') {
            snprintf(path, sizeof(path), "tests/fuzz/%s/%s/%s", kind, target, entry[i]->d_name);
            inputs++;
            good += replay(path);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    if (n >= 0 || strcmp(kind, "corpus") == 0)
        is(good, inputs, "%s: %d inputs of the %s are survived", target, inputs, kind);
    if (strcmp(kind, "corpus") == 0)
        ok(inputs > 0, "%s: there are such inputs", target);
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    const char *target = slash ? slash + 1 : argv[0];

    alarm(SECONDS);
    if (argc == 1) {
        replay_directory("crashes", target);
        replay_directory("corpus", target);
        return tap_done();
    }
    for (int i = 1; i < argc; i++)
        ok(replay(argv[i]), "%s is survived", argv[i]);
    return tap_done();
}
