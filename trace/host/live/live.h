/* SPDX-License-Identifier: MIT */
/* What `vexit live' is made of. */
#ifndef TRACE_HOST_LIVE_LIVE_H
#define TRACE_HOST_LIVE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/live/controls.h"
#include "trace/host/live/live_model.h"
#include "trace/host/live/saving.h"
#include "trace/host/log/log_follow.h"
#include "trace/host/log/log_options.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/show/filter.h"

enum { LIVE_MESSAGE = 600 };

struct live {
    struct log_options log;
    struct filter filter;
    const char *output; /* to be saved to from the beginning */
    bool wait;
    struct log_follow follow;
    bool over; /* standard input has ended */
    struct log_reader *reader;
    struct live_model model;
    struct live_model picture; /* what is shown while it is paused */
    bool good;                 /* something of the log was */
    struct saving saving;
    bool save_failed;
    struct live_controls controls;
    bool quit;
    int64_t now_ms, drawn_ms;
    bool drawn; /* nothing has changed since */
    char message[LIVE_MESSAGE];
};

/* Parses the command line; wrong usage ends the program. */
void live_parse(struct live *live, int argc, char **argv);

/* A reader that brings what it finds into the model. NULL without memory. */
struct log_reader *live_reader(struct live *live);

#endif
