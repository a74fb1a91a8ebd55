/* SPDX-License-Identifier: MIT */
/* Files that live lines are saved to. */
#include "trace/host/log/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace/host/log/log_follow.h"

enum { SYNC_MS = 1000, HEAD_MAX = 1024 };

bool recording_open(struct recording *recording, const char *path, enum recording_way way)
{
    static const int flags[] = {
        [RECORDING_NEW] = O_EXCL, [RECORDING_FORCE] = O_TRUNC, [RECORDING_APPEND] = O_APPEND
    };

    const int always = O_WRONLY | O_CREAT | O_CLOEXEC;
    struct stat status;

    *recording = (struct recording){ .name = path, .synced_ms = log_follow_ms() };
    if (strcmp(path, "-") == 0) {
        recording->name = "standard output";
        recording->fd = STDOUT_FILENO;
        return true;
    }
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        way = RECORDING_FORCE; /* nothing is there that could be lost */
    recording->fd = open(path, always | flags[way], 0666);
    return recording->fd >= 0;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = write(fd, bytes, n);

        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return true;
}

bool recording_head(struct recording *recording, const char *line)
{
    char text[HEAD_MAX], when[32];
    time_t now = time(NULL);
    struct tm utc;
    /* What is appended to may have broken off in the middle of a line. */
    const char *before = lseek(recording->fd, 0, SEEK_END) > 0 ? "\r\n" : "";

    strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", gmtime_r(&now, &utc));

    int n = snprintf(text, sizeof(text), "%s" RECORDING_MARK "%s, %s UTC\r\n", before, line, when);

    return write_all(recording->fd, text, n < HEAD_MAX ? (size_t)n : HEAD_MAX - 1);
}

/* A pipe or a device has nothing that could be brought to a disk, and says EINVAL. */
static bool sync_all(struct recording *recording)
{
    if (recording->on_disk == recording->bytes)
        return true;
    if (fdatasync(recording->fd) < 0 && errno != EINVAL && errno != EROFS)
        return false;
    recording->on_disk = recording->bytes;
    recording->synced_ms = log_follow_ms();
    return true;
}

bool recording_write(struct recording *recording, const void *bytes, size_t n)
{
    if (!write_all(recording->fd, bytes, n))
        return false;
    recording->bytes += n;
    return log_follow_ms() - recording->synced_ms < SYNC_MS || sync_all(recording);
}

bool recording_close(struct recording *recording)
{
    bool synced = sync_all(recording);
    int error = errno;

    if (close(recording->fd) < 0 && synced)
        return false;
    errno = error;
    return synced;
}
