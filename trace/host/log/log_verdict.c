/* SPDX-License-Identifier: MIT */
/* Whether a run's log is complete, in words. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "trace/host/log/log_command.h"

/* Appends to a text of n bytes that has `used` of them; cut where it does not fit. */
static void append(char *text, size_t n, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void append(char *text, size_t n, size_t *used, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(text + *used, n - *used, format, arguments);
    va_end(arguments);
    if (length > 0)
        *used = *used + (size_t)length < n ? *used + (size_t)length : n - 1;
}

void log_verdict(char *text, size_t n, const struct log_run *run)
{
    const struct {
        uint64_t count;
        const char *thing, *fate;
    } counts[] = {
        { run->missing_frames, run->lines ? "line" : "frame", "missing" },
        { run->missing_records, "record", "missing" },
        { run->damaged_bytes, "byte", "damaged" },
        { run->broken, run->lines ? "line" : "frame", "without sense" },
        { run->newer, "frame", "of a newer format" },
    };
    bool complete = log_run_complete(run);
    size_t used = 0;

    /* What the VMM had no room for was never sent: a log without it is as whole as can be. */
    append(text, n, &used, "%s: %" PRIu64 " records",
           !complete   ? "incomplete"
           : run->lost ? "complete as sent"
                       : "complete",
           run->records);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        if (counts[i].count)
            append(text, n, &used, ", %" PRIu64 " %s%s %s", counts[i].count, counts[i].thing,
                   counts[i].count == 1 ? "" : "s", counts[i].fate);
    if (!run->has_start)
        append(text, n, &used, ", no START record");
    if (!run->has_end)
        append(text, n, &used, ", no END record");
    if (run->disagrees)
        append(text, n, &used, ", counts that do not agree");
    if (run->lost)
        append(text, n, &used, "; the VMM had no room for %" PRIu64 " more", run->lost);
}
