/* SPDX-License-Identifier: MIT */
/* Standard output through one large buffer. */
#include "trace/host/show/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool output_flush(struct output *output)
{
    size_t done = 0;

    while (!output->error && done < output->used) {
        ssize_t n = write(output->fd, output->buffer + done, output->used - done);

        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            output->error = errno;
    }
    output->used = 0;
    return !output->error;
}

char *output_room(struct output *output, size_t n)
{
    if (OUTPUT_SIZE - output->used < n)
        output_flush(output);
    return output->buffer + output->used;
}

void output_bytes(struct output *output, const char *bytes, size_t n)
{
    while (n) {
        size_t part = n < OUTPUT_SIZE / 2 ? n : OUTPUT_SIZE / 2;

        memcpy(output_room(output, part), bytes, part);
        output_advance(output, part);
        bytes += part;
        n -= part;
    }
}

void output_print(struct output *output, const char *format, ...)
{
    enum { LINE = 4096 };
    char *line = output_room(output, LINE);
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(line, LINE, format, arguments);
    va_end(arguments);
    if (n > 0)
        output_advance(output, n < LINE ? (size_t)n : LINE - 1);
}
