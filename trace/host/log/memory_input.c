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

#include "trace/host/log/log_follow.h"
#include "trace/host/log/memory_log.h"

enum { SEARCH_MS = 500 }; /* between two searches */

struct memory_input {
    int fd;
    struct memory_options options;
    struct memory_image image;
    struct memory_log *log; /* NULL: the trace was not there when it was last looked for */
    int64_t looked_ms;
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
        errno = EINVAL;
        snprintf(why, MEMORY_WHY, "%s",
                 S_ISDIR(status.st_mode) ? strerror(EISDIR)
                                         : "an image of memory has to be a file, which can be "
                                           "read at any place");
        return false;
    }
    bytes.size = (uint64_t)status.st_size;
    if (memory_image_open(&input->image, &bytes, why))
        return true;
    errno = bytes.size ? EINVAL : ENOENT; /* made, but not as large as the memory yet */
    return false;
}

/* Looks for the trace. But for FOUND the reason is in `why`. */
static enum memory_found find_trace(struct memory_input *input, char *why)
{
    const uint64_t *at = input->options.has_at ? &input->options.at : NULL;
    struct trace_memory header;
    enum memory_found found = memory_find(&input->image, at, &header, why);

    input->looked_ms = log_follow_ms();
    if (found != MEMORY_FOUND)
        return found;
    input->log = memory_log_new(&input->image, &header, input->options.follow);
    if (input->log)
        return MEMORY_FOUND;
    snprintf(why, MEMORY_WHY, "%s", strerror(ENOMEM));
    return MEMORY_USELESS;
}

/* Where the machine still runs, its VMM may not have started when the image was opened. */
static bool has_trace(struct memory_input *input)
{
    char why[MEMORY_WHY];

    if (!input->log && log_follow_ms() >= input->looked_ms + SEARCH_MS)
        find_trace(input, why);
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
    input->options = *options;
    if (open_file(input, path, why)) {
        enum memory_found found = find_trace(input, why);

        if (found == MEMORY_FOUND || (found == MEMORY_NONE && options->follow))
            return input;
        errno = EINVAL;
    }

    int error = errno;

    memory_input_close(input);
    errno = error;
    return NULL;
}

size_t memory_input_read(struct memory_input *input, void *bytes, size_t n)
{
    return has_trace(input) ? memory_log_read(input->log, bytes, n) : 0;
}

bool memory_input_found(const struct memory_input *input)
{
    return input->log;
}

void memory_input_close(struct memory_input *input)
{
    memory_log_free(input->log);
    memory_image_close(&input->image);
    if (input->fd >= 0)
        close(input->fd);
    free(input);
}
