/* SPDX-License-Identifier: MIT */
/* A file with an image of a machine's memory as the input of a log. */
#include "trace/host/log/memory_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/log/log_input.h"
#include "trace/host/log/memory_log.h"

enum { POLL_MS = 20, SEARCH_MS = 500 };

struct memory_input {
    int fd;
    bool follow;
    struct memory_image image;
    struct memory_log *log;
};

static bool read_file(void *context, uint64_t offset, void *to, size_t n)
{
    const struct memory_input *input = context;
    uint8_t *at = to;

    while (n) {
        ssize_t got = pread(input->fd, at, n, (off_t)offset);

        if (got <= 0 && !(got < 0 && errno == EINTR))
            return false;
        if (got > 0) {
            at += got;
            offset += (uint64_t)got;
            n -= (size_t)got;
        }
    }
    return true;
}

static bool open_file(struct memory_input *input, const char *path, char *why)
{
    struct memory_bytes bytes = { read_file, input, 0 };
    struct stat status;

    input->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0 || fstat(input->fd, &status) < 0) {
        snprintf(why, MEMORY_WHY, "%s", strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(why, MEMORY_WHY, "%s",
                 S_ISDIR(status.st_mode) ? strerror(EISDIR)
                                         : "an image of memory has to be a file, which can be "
                                           "read at any place");
        return false;
    }
    bytes.size = (uint64_t)status.st_size;
    return memory_image_open(&input->image, &bytes, why);
}

/* Waits for so many milliseconds. False when the user has had enough. */
static bool pause_for(int ms)
{
    return !log_input_interrupted() && !usleep((useconds_t)ms * 1000);
}

/* Where the machine still runs, its VMM may not have started yet. */
static bool find_trace(struct memory_input *input, const struct memory_options *options, char *why)
{
    const uint64_t *at = options->has_at ? &options->at : NULL;
    struct trace_memory header;
    enum memory_found found;

    while ((found = memory_find(&input->image, at, &header, why)) == MEMORY_NONE &&
           options->follow && pause_for(SEARCH_MS))
        ;
    if (found != MEMORY_FOUND)
        return false;
    input->log = memory_log_new(&input->image, &header, options->follow);
    if (!input->log)
        snprintf(why, MEMORY_WHY, "%s", strerror(ENOMEM));
    return input->log;
}

struct memory_input *memory_input_open(const char *path, const struct memory_options *options,
                                       char why[MEMORY_WHY])
{
    struct memory_input *input = calloc(1, sizeof(*input));

    if (!input) {
        snprintf(why, MEMORY_WHY, "%s", strerror(ENOMEM));
        return NULL;
    }
    input->follow = options->follow;
    if (options->follow)
        log_input_end_on_interrupt();
    if (open_file(input, path, why) && find_trace(input, options, why))
        return input;
    memory_input_close(input);
    return NULL;
}

bool memory_input_ready(struct memory_input *input)
{
    return !input->follow || memory_log_ready(input->log);
}

size_t memory_input_read(struct memory_input *input, void *bytes, size_t n, int patience_ms)
{
    size_t got;

    for (int waited = 0; !(got = memory_log_read(input->log, bytes, n)); waited += POLL_MS)
        if (memory_log_over(input->log) || (patience_ms >= 0 && waited >= patience_ms) ||
            !pause_for(POLL_MS))
            break;
    return got;
}

void memory_input_close(struct memory_input *input)
{
    memory_log_free(input->log);
    memory_image_close(&input->image);
    if (input->fd >= 0)
        close(input->fd);
    free(input);
}
