/* SPDX-License-Identifier: MIT */
/* The records of one CPU in a file of xentrace. */
#include "trace/host/import/xen_stream.h"

/* The fields of a record's header. */
enum { EVENT = 0x0fffffff, WORDS_SHIFT = 28, HAS_TIME = 1u << 31 };

void xen_stream_begin(struct xen_stream *stream, const struct xen_windows *windows, unsigned cpu)
{
    *stream = (struct xen_stream){ .windows = windows,
                                   .cpu = windows->cpu[cpu].number,
                                   .next = windows->cpu[cpu].first };
}

/* The CPU's next window. */
static bool next_window(struct xen_stream *stream)
{
    const struct xen_windows *windows = stream->windows;
    const struct xen_window *window = &windows->window[stream->next];

    if (!stream->next)
        return false;
    stream->window = bytes_part(windows->file, window->offset, window->size);
    stream->next = window->next;
    windows->reading->held += reading_around(window->offset - stream->behind);
    stream->behind = window->offset + window->size;
    return true;
}

/* Reads a record of the window. False if not all of it is there. */
static bool read_record(struct xen_stream *stream)
{
    size_t before = stream->window.n;
    uint32_t header = (uint32_t)bytes_number(&stream->window, 4);

    stream->event = header & EVENT;
    stream->words = header >> WORDS_SHIFT & 7;
    if (header & HAS_TIME)
        stream->time = bytes_number(&stream->window, 8);
    for (unsigned i = 0; i < XEN_WORDS; i++)
        stream->word[i] = i < stream->words ? (uint32_t)bytes_number(&stream->window, 4) : 0;
    reading_count(stream->windows->reading, before - stream->window.n);
    return !stream->window.ended;
}

bool xen_stream_next(struct xen_stream *stream)
{
    for (;;) {
        while (stream->window.n == 0)
            if (!next_window(stream))
                return false;
        if (read_record(stream))
            return true;
        stream->damaged = true;
        stream->window = (struct bytes){ 0 };
    }
}
