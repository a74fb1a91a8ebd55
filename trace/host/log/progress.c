/* SPDX-License-Identifier: MIT */
/* How far a long file has been read. */
#include "trace/host/log/progress.h"

#include <inttypes.h>
#include <unistd.h>

#include "trace/host/log/log_follow.h"
#include "trace/host/show/status_line.h"

enum {
    PATIENCE_MS = 1000, /* what takes less needs no progress */
    PAUSE_MS = 200,     /* between two updates */
};

void progress_begin(struct progress *progress, const struct log_input *input)
{
    *progress = (struct progress){ .name = input->name,
                                   .on = input->file && input->size && status_line_possible(),
                                   .size = input->size,
                                   .begun_ms = log_follow_ms() };
}

void progress_update(struct progress *progress, uint64_t done, const struct output *output)
{
    if (!progress->on)
        return;
    if (output->used && isatty(output->fd)) {
        progress_end(progress);
        return;
    }

    int64_t now = log_follow_ms(), elapsed = now - progress->begun_ms;

    if (elapsed < PATIENCE_MS || now - progress->shown_ms < PAUSE_MS)
        return;
    progress->shown_ms = now;
    /* A file that grows while it is read has more than all of it. */
    status_line_show("%s: %.0f %% of %.1f MB, %.1f MB/s", progress->name,
                     done < progress->size ? 100.0 * (double)done / (double)progress->size : 100.0,
                     (double)progress->size / 1e6, (double)done / 1e3 / (double)elapsed);
}

void progress_end(struct progress *progress)
{
    if (progress->on)
        status_line_clear();
    progress->on = false;
}
