/* SPDX-License-Identifier: MIT */
/* Where a log's bytes come from. */
#include "trace/host/log/log_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/*
 * Without SA_RESTART a read that waits returns, and what came so far is reported as usual. A second
 * signal ends the program at once.
 */
static void end_on_interrupt(void)
{
    struct sigaction action = { .sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND };

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* A port whose modem lines are dead would block open(); a named pipe has to wait for its writer. */
static int open_path(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -1;
    if (!S_ISCHR(status.st_mode))
        return open(path, O_RDONLY | O_CLOEXEC);

    int fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return fd;
}

/* What kind of input it is. False with errno set where it cannot be read as a stream of bytes. */
static bool prepare(struct log_input *input, unsigned long baud)
{
    struct stat status;

    if (fstat(input->fd, &status) < 0)
        return false;
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (isatty(input->fd)) {
        if (!serial_open(&input->serial, input->fd, baud))
            return false;
        input->live = true;
    }
    if (!S_ISREG(status.st_mode))
        end_on_interrupt();
    return true;
}

bool log_input_open(struct log_input *input, const char *path, unsigned long baud)
{
    bool is_stdin = strcmp(path, "-") == 0;

    *input = (struct log_input){ .name = is_stdin ? "standard input" : path };
    input->fd = is_stdin ? STDIN_FILENO : open_path(path);
    if (input->fd < 0)
        return false;
    if (prepare(input, baud))
        return true;

    int error = errno;

    log_input_close(input);
    errno = error;
    return false;
}

bool log_input_ready(const struct log_input *input)
{
    struct pollfd wait = { .fd = input->fd, .events = POLLIN };

    return poll(&wait, 1, 0) != 0;
}

long log_input_read(struct log_input *input, void *bytes, size_t n, int patience_ms)
{
    struct pollfd wait = { .fd = input->fd, .events = POLLIN };

    for (;;) {
        if (interrupted)
            return 0;
        int ready = input->live ? poll(&wait, 1, patience_ms) : 1;

        if (ready == 0)
            return 0;
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t got = read(input->fd, bytes, n);

        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
    }
}

void log_input_close(struct log_input *input)
{
    if (input->live)
        serial_close(&input->serial);
    if (input->fd >= 0 && input->fd != STDIN_FILENO)
        close(input->fd);
    input->fd = -1;
}
