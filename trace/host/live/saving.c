/* SPDX-License-Identifier: MIT */
/* Saves a log from where it is now. */
#include "trace/host/live/saving.h"

#include <errno.h>
#include <string.h>

#include "trace/wire.h"

void saving_keep_start(struct saving *saving, const char *payload, size_t n)
{
    saving->start_length = n <= sizeof(saving->start) ? n : 0;
    memcpy(saving->start, payload, saving->start_length);
}

static bool write_start(struct saving *saving)
{
    static uint8_t frame[WIRE_FRAME_MAX];

    if (!saving->start_length)
        return true;
    return recording_write(
        &saving->recording, frame,
        wire_blob(frame, sizeof(frame), WIRE_START, 0, saving->start, saving->start_length));
}

bool saving_begin(struct saving *saving, const char *path, const char *source)
{
    if (strcmp(path, "-") == 0) { /* the screen is there */
        errno = EINVAL;
        return false;
    }
    if (!recording_open(&saving->recording, path, RECORDING_NEW))
        return false;
    saving->on = recording_head(&saving->recording, source) && write_start(saving);
    if (saving->on)
        return true;

    int error = errno;

    recording_close(&saving->recording);
    errno = error;
    return false;
}

bool saving_take(struct saving *saving, const void *bytes, size_t n)
{
    return !saving->on || recording_write(&saving->recording, bytes, n);
}

bool saving_end(struct saving *saving)
{
    bool on = saving->on;

    saving->on = false;
    return !on || recording_close(&saving->recording);
}
