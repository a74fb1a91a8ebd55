/* SPDX-License-Identifier: MIT */
/* How far a long file has been read, on the terminal of whoever waits for it. */
#ifndef TRACE_HOST_LOG_PROGRESS_H
#define TRACE_HOST_LOG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/log_input.h"
#include "trace/host/show/output.h"

struct progress {
    const char *name; /* of the file */
    bool on;
    uint64_t size;
    int64_t begun_ms, shown_ms;
};

/* Nothing is ever shown but for a regular file, and on a terminal. */
void progress_begin(struct progress *progress, const struct log_input *input);

/*
 * Takes how many bytes were read. After a second shows the share and the speed, unless `output`
 * shows on the same terminal how things go on.
 */
void progress_update(struct progress *progress, uint64_t done, const struct output *output);

/* Takes away what is shown. */
void progress_end(struct progress *progress);

#endif
