/* SPDX-License-Identifier: MIT */
/* What `vexit export` was asked to write. */
#define _GNU_SOURCE /* nftw */
#include "trace/host/export/targets.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/export/export_file.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/part_file.h"

static const struct exporter *const exporters[TARGETS] = {
#define EXPORTER(name, option, argument, words) &name##_exporter,
#include "trace/host/export/exporters.def"
};

static const char *const options[TARGETS] = {
#define EXPORTER(name, option, argument, words) option,
#include "trace/host/export/exporters.def"
};

bool targets_asked_for(const struct targets *targets)
{
    for (int i = 0; i < TARGETS; i++)
        if (targets->target[i].path)
            return true;
    return false;
}

/* Where a file is to be: its directory, and its name there. */
static bool place_of(const char *path, struct stat *directory, char name[NAME_MAX + 1])
{
    char *of_directory = strdup(path), *of_name = strdup(path);
    bool known = of_directory && of_name && stat(dirname(of_directory), directory) == 0;

    if (known)
        known = snprintf(name, NAME_MAX + 1, "%s", basename(of_name)) <= NAME_MAX;
    free(of_directory);
    free(of_name);
    return known;
}

/* Whether a file at `path`, with `suffix` behind it, would be the one at `other`. */
static bool same_file(const char *path, const char *suffix, const char *other)
{
    char name[NAME_MAX + 1], other_name[NAME_MAX + 1];
    struct stat directory, other_directory;
    size_t n;

    if (!place_of(path, &directory, name) || !place_of(other, &other_directory, other_name))
        return false;
    n = strlen(name);
    return directory.st_dev == other_directory.st_dev &&
           directory.st_ino == other_directory.st_ino && strncmp(other_name, name, n) == 0 &&
           strcmp(other_name + n, suffix) == 0;
}

bool targets_collide(const struct targets *targets)
{
    for (int i = 0; i < TARGETS; i++)
        for (int k = 0; k < TARGETS; k++) {
            const char *path = targets->target[i].path, *other = targets->target[k].path;

            if (i == k || !path || !other)
                continue;
            if (same_file(path, "", other) || same_file(path, PART_SUFFIX, other)) {
                log_complain(other, "--%s and --%s would write the same file", options[i],
                             options[k]);
                return true;
            }
        }
    return false;
}

static bool is_new(const char *path, bool *failed)
{
    struct stat status;

    if (lstat(path, &status) < 0) /* a link that leads nowhere is there, too */
        return true;
    errno = EEXIST;
    export_fail(path, failed);
    return false;
}

bool targets_are_new(struct targets *targets)
{
    for (int i = 0; i < TARGETS && !targets->failed; i++) {
        struct target *target = &targets->target[i];
        char *part;

        if (!target->path || !is_new(target->path, &targets->failed))
            continue;
        part = part_of(target->path);
        if (!part)
            export_fail(target->path, &targets->failed);
        else if (is_new(part, &targets->failed))
            target->part = part;
        else
            free(part);
    }
    return !targets->failed;
}

void targets_begin(struct targets *targets, const struct export_run *run)
{
    for (int i = 0; i < TARGETS && !targets->failed; i++)
        if (targets->target[i].path)
            targets->target[i].state = exporters[i]->begin(targets->target[i].part, run);
}

/* Hands something on to every format. */
#define FOR_EACH(targets, function, argument)                                                      \
    do {                                                                                           \
        for (int i = 0; i < TARGETS && !(targets)->failed; i++)                                    \
            if ((targets)->target[i].state)                                                        \
                exporters[i]->function((targets)->target[i].state, argument);                      \
    } while (0)

void targets_exit(struct targets *targets, const struct trace_element *element)
{
    FOR_EACH(targets, exit, element);
}

void targets_marker(struct targets *targets, const struct trace_element *element)
{
    FOR_EACH(targets, marker, element);
}

void targets_loss(struct targets *targets, const struct export_loss *loss)
{
    FOR_EACH(targets, loss, loss);
}

static void end_all(struct targets *targets)
{
    for (int i = 0; i < TARGETS; i++) {
        if (targets->target[i].state)
            exporters[i]->end(targets->target[i].state);
        targets->target[i].state = NULL;
    }
}

void targets_keep(struct targets *targets)
{
    end_all(targets);
    for (int i = 0; i < TARGETS && !targets->failed; i++) {
        struct target *target = &targets->target[i];

        if (!target->path)
            continue;
        if (!part_rename(target->part, target->path, false)) {
            export_fail(target->path, &targets->failed);
            return;
        }
        free(target->part);
        target->part = NULL;
    }
}

static int take_away(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

void targets_discard(struct targets *targets)
{
    enum { OPEN_DIRECTORIES = 4 };

    end_all(targets);
    for (int i = 0; i < TARGETS; i++)
        if (targets->target[i].part) {
            nftw(targets->target[i].part, take_away, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
            free(targets->target[i].part);
            targets->target[i].part = NULL;
        }
}
