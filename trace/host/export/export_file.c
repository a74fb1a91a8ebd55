/* SPDX-License-Identifier: MIT */
/* A new file that an exporter writes. */
#define _GNU_SOURCE /* asprintf, mkostemp */
#include "trace/host/export/export_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/log/log_command.h"

void export_fail(const char *path, bool *failed)
{
    if (!*failed)
        log_complain(path, "%s%s", strerror(errno),
                     errno == EEXIST ? " already; export writes over nothing" : "");
    *failed = true;
}

/* Takes what opening gave; `path` is the caller's. */
static bool opened(struct export_file *file, const char *path, int fd, bool *failed)
{
    char *copy = fd < 0 ? NULL : strdup(path);

    if (!copy) {
        export_fail(path, failed);
        if (fd >= 0)
            close(fd);
        return false;
    }
    *file = (struct export_file){ .path = copy, .fd = fd, .failed = failed };
    return true;
}

bool export_file_create(struct export_file *file, const char *path, bool *failed)
{
    return opened(file, path, open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666), failed);
}

bool export_file_create_unnamed(struct export_file *file, const char *path, bool *failed)
{
    char *name;

    if (asprintf(&name, "%s.XXXXXX", path) < 0) {
        export_fail(path, failed);
        return false;
    }

    int fd = mkostemp(name, O_CLOEXEC);

    if (fd >= 0)
        unlink(name);
    free(name);
    return opened(file, path, fd, failed);
}

void export_file_write_at(struct export_file *file, uint64_t offset, const void *bytes, size_t n)
{
    const char *from = bytes;

    while (n && !*file->failed) {
        ssize_t done = pwrite(file->fd, from, n, (off_t)offset);

        if (done < 0) {
            if (errno != EINTR)
                export_fail(file->path, file->failed);
            continue;
        }
        from += done;
        offset += (uint64_t)done;
        n -= (size_t)done;
    }
}

void export_file_write(struct export_file *file, const void *bytes, size_t n)
{
    export_file_write_at(file, file->size, bytes, n);
    file->size += n;
}

void export_file_append(struct export_file *file, struct export_file *from)
{
    char bytes[64 * 1024];
    uint64_t offset = 0;

    while (offset < from->size && !*file->failed) {
        ssize_t n = pread(from->fd, bytes, sizeof(bytes), (off_t)offset);

        if (n > 0) {
            export_file_write(file, bytes, (size_t)n);
            offset += (uint64_t)n;
        } else if (n == 0 || errno != EINTR) {
            errno = n == 0 ? EIO : errno;
            export_fail(from->path, file->failed);
        }
    }
}

void export_file_close(struct export_file *file)
{
    if (file->path && close(file->fd) < 0)
        export_fail(file->path, file->failed);
    free(file->path);
    *file = (struct export_file){ 0 };
}
