/* SPDX-License-Identifier: MIT */
/* Saves a log from where it is now. */
#ifndef TRACE_HOST_LIVE_SAVING_H
#define TRACE_HOST_LIVE_SAVING_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/host/log/recording.h"
#include "trace/start.h"

struct saving {
    bool on;
    struct recording recording;
    size_t start_length; /* of the run's START payload; 0: none came */
    char start[START_PAYLOAD_MAX];
};

/* Keeps the START payload of the run that comes in now (n = 0: none does). */
void saving_keep_start(struct saving *saving, const char *payload, size_t n);

/*
 * Begins to save what comes from `source' to a new file, with the run's START record before it:
 * names and the TSC frequency are in it. False with errno set.
 */
bool saving_begin(struct saving *saving, const char *path, const char *source);

/* Saves n bytes, if it is on; to be called now and then without any. False with errno set. */
bool saving_take(struct saving *saving, const void *bytes, size_t n);

/* False with errno set where not all of it is on the disk. */
bool saving_end(struct saving *saving);

#endif
