/* SPDX-License-Identifier: MIT */
/* A file that has its name only once it is whole. */
#define _GNU_SOURCE /* asprintf, renameat2 */
#include "trace/host/log/part_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/log/log_command.h"

char *part_of(const char *path)
{
    size_t n = strlen(path);
    char *part;

    while (n > 1 && path[n - 1] == '/')
        n--;
    return asprintf(&part, "%.*s" PART_SUFFIX, (int)n, path) >= 0 ? part : NULL;
}

bool part_rename(const char *part, const char *path, bool replace)
{
    if (replace)
        return rename(part, path) == 0;
    if (renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return true;
    /* Not every file system can refuse to replace what came into being meanwhile. */
    return errno == EINVAL && rename(part, path) == 0;
}

/* Tells what is wrong (errno), and forgets the file. */
static bool fail(struct part_file *file)
{
    if (errno == EEXIST && file->fd < 0)
        log_complain(file->part, "%s; another vexit writes it, or was killed", strerror(errno));
    else
        log_complain(file->name, "%s", strerror(errno));
    free(file->path);
    free(file->part);
    return false;
}

/* `there`: the file that has the name now, or NULL. */
static bool open_part(struct part_file *file, const struct stat *there)
{
    mode_t mode = there ? there->st_mode & 0777 : 0666;

    /* Where the name is a link, what it leads to is replaced. */
    file->path = there ? realpath(file->name, NULL) : strdup(file->name);
    file->part = file->path ? part_of(file->path) : NULL;
    if (!file->part || (there && access(file->path, W_OK) < 0))
        return fail(file);
    file->fd = open(file->part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return file->fd >= 0 || fail(file);
}

bool part_file_open(struct part_file *file, const char *path, bool replace)
{
    struct stat status;
    bool there = stat(path, &status) == 0;

    *file = (struct part_file){ .fd = -1, .name = path, .replace = replace };
    if (strcmp(path, "-") == 0) {
        file->fd = STDOUT_FILENO;
        file->name = "standard output";
    } else if (!there || S_ISREG(status.st_mode)) {
        return open_part(file, there ? &status : NULL);
    } else { /* nothing is there that could be lost */
        file->fd = open(path, O_WRONLY | O_CLOEXEC);
    }
    return file->fd >= 0 || fail(file);
}

/* False with errno set: closing may be what tells of a full disk. */
static bool close_it(const struct part_file *file)
{
    return file->fd == STDOUT_FILENO || close(file->fd) == 0;
}

bool part_file_keep(struct part_file *file)
{
    if (!close_it(file) || (file->part && !part_rename(file->part, file->path, file->replace))) {
        int error = errno;

        if (file->part)
            unlink(file->part);
        errno = error;
        return fail(file);
    }
    free(file->path);
    free(file->part);
    return true;
}

void part_file_discard(struct part_file *file)
{
    close_it(file);
    if (file->part)
        unlink(file->part);
    free(file->path);
    free(file->part);
}
