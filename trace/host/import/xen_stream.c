/* SPDX-License-Identifier: MIT */
/* The records of one CPU in a file of xentrace. */
#include "trace/host/import/xen_stream.h"

/* The fields of a record's header. */
enum { EVENT = 0x0fffffff, WORDS_SHIFT = 28, HAS_TIME = 1u << 31 };

bool xen_next_window(struct bytes *file, uint32_t *cpu, struct bytes *window)
{
    if (file->n < XEN_WINDOW_HEADER || bytes_number(file, 4) != XEN_CPU_CHANGE_HEADER)
        return false;
    *cpu = (uint32_t)bytes_number(file, 4);

    uint64_t size = bytes_number(file, 4);

    /* The last window may be cut off. */
    *window = bytes_part(*file, 0, size);
    file->ended |= window->ended;
    window->ended = false;
    bytes_take(file, window->n);
    return true;
}

void xen_stream_begin(struct xen_stream *stream, struct bytes file, uint32_t cpu)
{
    *stream = (struct xen_stream){ .cpu = cpu, .file = file };
}

/* The CPU's next window. */
static bool next_window(struct xen_stream *stream)
{
    uint32_t cpu;

    while (xen_next_window(&stream->file, &cpu, &stream->window))
        if (cpu == stream->cpu)
            return true;
    return false;
}

/* Reads a record of the window. False if not all of it is there. */
static bool read_record(struct xen_stream *stream)
{
    uint32_t header = (uint32_t)bytes_number(&stream->window, 4);

    stream->event = header & EVENT;
    stream->words = header >> WORDS_SHIFT & 7;
    if (header & HAS_TIME)
        stream->time = bytes_number(&stream->window, 8);
    for (unsigned i = 0; i < XEN_WORDS; i++)
        stream->word[i] = i < stream->words ? (uint32_t)bytes_number(&stream->window, 4) : 0;
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
        stream->window = (struct bytes){ .at = stream->window.at };
    }
}
