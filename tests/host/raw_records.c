/* SPDX-License-Identifier: MIT */
/*
 * Writes the elements of a log as the ring held them, 80 bytes each (trace/record.h), without any
 * differences taken: for comparing sizes.
 *
 *   raw_records < LOG > FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/host/log/log_reader.h"

static void write_element(void *context, const struct trace_element *element)
{
    fwrite(element, sizeof(*element), 1, context);
}

int main(void)
{
    static char bytes[1 << 16];
    struct log_reader *reader =
        log_reader_new(&(struct log_events){ .context = stdout, .element = write_element });
    ssize_t n;

    while ((n = read(STDIN_FILENO, bytes, sizeof(bytes))) > 0)
        log_reader_feed(reader, bytes, (size_t)n);
    log_reader_finish(reader);
    log_reader_free(reader);
    return n < 0 || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
