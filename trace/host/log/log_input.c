/* SPDX-License-Identifier: MIT */
/* Where a log's bytes come from. */
#include "trace/host/log/log_input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/log/socket_input.h"

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
void log_input_end_on_interrupt(void)
{
    struct sigaction action = { .sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND };
    struct sigaction hangup;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
        sigaction(SIGHUP, &action, NULL);
}

bool log_input_interrupted(void)
{
    return interrupted;
}

/*
 * open() would block on a port whose modem lines are dead and on a named pipe that has no writer
 * yet; for both it is the first read that waits.
 */
static int open_path(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return -1;
    if (!S_ISCHR(status.st_mode) && !S_ISFIFO(status.st_mode))
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
        input->port = true;
    }
    input->live = input->port || S_ISSOCK(status.st_mode);
    input->file = S_ISREG(status.st_mode);
    input->size = input->file ? (uint64_t)status.st_size : 0;
    if (!input->file)
        log_input_end_on_interrupt();
    return true;
}

bool log_input_open(struct log_input *input, const char *path, unsigned long baud)
{
    bool is_stdin = strcmp(path, "-") == 0;

    *input = (struct log_input){ .name = is_stdin ? "standard input" : path, .listener = -1 };
    if (is_stdin)
        input->fd = STDIN_FILENO;
    else
        input->fd = socket_is_name(path) ? socket_open(path) : open_path(path);
    if (input->fd < 0)
        return false;
    if (prepare(input, baud)) {
        if (socket_is_server(path)) {
            input->listener = input->fd;
            input->fd = -1;
        }
        return true;
    }

    int error = errno;

    log_input_close(input);
    errno = error;
    return false;
}

const char *log_input_why(const char *path, int error)
{
    return socket_is_name(path) ? socket_why(path, error) : strerror(error);
}

bool log_input_open_memory(struct log_input *input, const char *path,
                           const struct memory_options *options, char why[MEMORY_WHY])
{
    *input = (struct log_input){ .name = path, .fd = -1, .listener = -1 };
    input->memory = memory_input_open(path, options, why);
    return input->memory;
}

/* poll() for input; true: there is some, or an end or error that reading will tell. */
static bool wait_for(int fd, int patience_ms)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    while (!interrupted) {
        int ready = poll(&wait, 1, patience_ms);

        if (ready >= 0 || errno != EINTR)
            return ready != 0;
    }
    return false;
}

bool log_input_connect(struct log_input *input, int patience_ms)
{
    if (input->fd < 0 && wait_for(input->listener, patience_ms))
        input->fd = accept(input->listener, NULL, NULL);
    return input->fd >= 0;
}

bool log_input_ready(const struct log_input *input)
{
    if (input->memory)
        return true;

    struct pollfd wait = { .fd = input->fd, .events = POLLIN };

    return poll(&wait, 1, 0) != 0;
}

long log_input_read(struct log_input *input, void *bytes, size_t n, int patience_ms)
{
    if (input->memory)
        return interrupted ? 0 : (long)memory_input_read(input->memory, bytes, n);
    if (!log_input_connect(input, patience_ms))
        return 0;
    while (wait_for(input->fd, patience_ms)) {
        ssize_t got = read(input->fd, bytes, n);

        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
    }
    return 0;
}

bool log_input_is_file(const char *path, const char *file)
{
    struct stat read, written;
    bool there = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &read) == 0 : stat(path, &read) == 0;

    return there && stat(file, &written) == 0 && S_ISREG(written.st_mode) &&
           read.st_dev == written.st_dev && read.st_ino == written.st_ino;
}

void log_input_close(struct log_input *input)
{
    if (input->memory)
        memory_input_close(input->memory);
    if (input->port)
        serial_close(&input->serial);
    if (input->fd >= 0 && input->fd != STDIN_FILENO)
        close(input->fd);
    if (input->listener >= 0)
        close(input->listener);
    input->fd = input->listener = -1;
}
