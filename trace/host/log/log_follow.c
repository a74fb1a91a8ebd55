/* SPDX-License-Identifier: MIT */
/* A line that may break and come back. */
#include "trace/host/log/log_follow.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LOOK_MS = 200, /* between two attempts to open what is gone */
    GROW_MS = 100, /* between two looks at a file that has no more bytes yet */
    POLL_MS = 20,  /* between two looks at memory, where what waits too long is overwritten */
};

int64_t log_follow_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* False with errno set and the reason in `why`. */
static bool open_input(struct log_follow *follow, char why[MEMORY_WHY])
{
    if (follow->memory.wanted)
        return log_input_open_memory(&follow->input, follow->path, &follow->memory, why);
    if (log_input_open(&follow->input, follow->path, follow->baud))
        return true;

    int error = errno;

    snprintf(why, MEMORY_WHY, "%s", log_input_why(follow->path, error));
    errno = error;
    return false;
}

static bool look(struct log_follow *follow, char why[MEMORY_WHY])
{
    follow->tried_ms = log_follow_ms();
    follow->read = 0;
    if (!open_input(follow, why))
        return false;
    follow->error = 0;
    follow->connected =
        follow->memory.wanted ? memory_input_found(follow->input.memory) : follow->input.fd >= 0;
    follow->was_there |= follow->connected;
    return true;
}

bool log_follow_open(struct log_follow *follow, const struct log_options *options, bool wait,
                     char why[MEMORY_WHY])
{
    *follow = (struct log_follow){ .baud = options->baud, .memory = options->memory, .also = -1 };
    follow->since_ms = log_follow_ms();
    follow->memory.wanted = log_options_memory(options, &follow->path);
    follow->memory.follow = true;
    log_input_end_on_interrupt();
    if (look(follow, why))
        return true;
    follow->error = errno;
    if (follow->memory.wanted)
        wait &= follow->error == ENOENT;
    return wait && follow->error != EISDIR && follow->error != EDESTADDRREQ;
}

/* Until input comes from the line or from `also`, but no longer than timeout_ms. True: the line. */
static bool wait_for(const struct log_follow *follow, int fd, int timeout_ms)
{
    struct pollfd wait[] = { { .fd = fd, .events = POLLIN },
                             { .fd = follow->also, .events = POLLIN } };

    return poll(wait, 2, timeout_ms) > 0 && wait[0].revents;
}

static int shorter(int a, int b)
{
    return a >= 0 && a < b ? a : b;
}

static enum follow_event look_again(struct log_follow *follow, int timeout_ms)
{
    int64_t left = follow->tried_ms + LOOK_MS - log_follow_ms();
    char why[MEMORY_WHY];

    if (follow->input.listener >= 0) {
        if (wait_for(follow, follow->input.listener, timeout_ms))
            follow->connected = follow->was_there = log_input_connect(&follow->input, 0);
        return follow->connected ? FOLLOW_BACK : FOLLOW_NOTHING;
    }
    if (left > 0) {
        wait_for(follow, -1, shorter(timeout_ms, (int)left));
        if (log_follow_ms() < follow->tried_ms + LOOK_MS)
            return FOLLOW_NOTHING;
    }
    look(follow, why);
    return follow->connected ? FOLLOW_BACK : FOLLOW_NOTHING;
}

static enum follow_event broken(struct log_follow *follow, int error)
{
    if (follow->input.fd == STDIN_FILENO)
        return FOLLOW_OVER;
    follow->error = error;
    follow->since_ms = log_follow_ms();
    follow->connected = false;
    if (follow->input.listener >= 0) {
        close(follow->input.fd);
        follow->input.fd = -1;
    } else {
        log_input_close(&follow->input);
    }
    return FOLLOW_BROKEN;
}

/* Whether the path leads to another file now, or the file is shorter than what was read of it. */
static bool begun_anew(const struct log_follow *follow)
{
    struct stat here, there;

    return fstat(follow->input.fd, &here) == 0 && stat(follow->path, &there) == 0 &&
           (here.st_ino != there.st_ino || here.st_dev != there.st_dev ||
            (uint64_t)here.st_size < follow->read);
}

bool log_follow_grows(const struct log_follow *follow)
{
    return follow->input.file && follow->input.fd != STDIN_FILENO;
}

static enum follow_event next_of_memory(struct log_follow *follow, void *bytes, size_t *n,
                                        int timeout_ms)
{
    *n = memory_input_read(follow->input.memory, bytes, *n);
    follow->connected = memory_input_found(follow->input.memory);
    if (*n)
        return FOLLOW_BYTES;
    wait_for(follow, -1, shorter(timeout_ms, POLL_MS));
    return FOLLOW_NOTHING;
}

enum follow_event log_follow_next(struct log_follow *follow, void *bytes, size_t *n, int timeout_ms)
{
    size_t room = *n;

    if (follow->input.memory)
        return next_of_memory(follow, bytes, n, timeout_ms);
    *n = 0;
    if (!follow->connected)
        return look_again(follow, timeout_ms);
    if (!follow->input.file && !wait_for(follow, follow->input.fd, timeout_ms))
        return FOLLOW_NOTHING;

    ssize_t got = read(follow->input.fd, bytes, room);

    if (got > 0) {
        *n = (size_t)got;
        follow->read += (size_t)got;
        return FOLLOW_BYTES;
    }
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return FOLLOW_NOTHING;
    if (got < 0 || !log_follow_grows(follow) || begun_anew(follow))
        return broken(follow, got < 0 ? errno : 0);
    wait_for(follow, -1, shorter(timeout_ms, GROW_MS));
    return FOLLOW_NOTHING;
}

const char *log_follow_why(const struct log_follow *follow)
{
    if (follow->error)
        return log_input_why(follow->path, follow->error);
    if (follow->input.memory)
        return "no trace in it yet";
    if (!follow->was_there)
        return "nobody has connected";
    return follow->input.file ? "the file was begun anew" : "the other side closed it";
}

void log_follow_close(struct log_follow *follow)
{
    log_input_close(&follow->input);
}
