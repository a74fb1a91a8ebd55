/* SPDX-License-Identifier: MIT */
/* What `vexit record' is asked for. */
#ifndef TRACE_HOST_RECORD_OPTIONS_H
#define TRACE_HOST_RECORD_OPTIONS_H

#include <stdbool.h>

#include "trace/host/log/log_options.h"
#include "trace/host/log/recording.h"

struct record_options {
    struct log_options log; /* the source */
    const char *path;       /* where it is saved to; "-": standard output */
    enum recording_way way;
    bool wait; /* for a source that is not there yet */
    bool until_end;
    bool raw;       /* no line that says where the bytes come from */
    unsigned every; /* seconds between two lines of progress; 0: none */
};

/* Parses the command line; wrong usage ends the program. */
void record_parse(struct record_options *options, int argc, char **argv);

#endif
