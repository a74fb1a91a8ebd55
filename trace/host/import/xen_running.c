/* SPDX-License-Identifier: MIT */
/* Which vCPU runs on a CPU, as far as Xen's records tell. */
#include "trace/host/import/xen_running.h"

#include "trace/host/import/xen_records.h"

static bool is_runstate(const struct xen_stream *stream)
{
    return (stream->event & ~(uint32_t)XEN_RUNSTATE_STATES) == XEN_RUNSTATE && stream->words;
}

static bool is_continue(const struct xen_stream *stream)
{
    return stream->event == XEN_CONTINUE && stream->words;
}

static struct xen_running of_word(const struct xen_stream *stream)
{
    return (struct xen_running){ stream->word[0] >> 16, stream->word[0] & 0xffff };
}

bool xen_tells_running(const struct xen_stream *stream, struct xen_running *running)
{
    if ((is_runstate(stream) && (stream->event >> 4 & 0xf) == XEN_RUNNING) || is_continue(stream))
        *running = of_word(stream);
    else if (stream->event == XEN_LOST && stream->words > 1)
        *running = (struct xen_running){ stream->word[1] & 0xffff, stream->word[1] >> 16 };
    else
        return false;
    return true;
}

struct xen_running xen_first_running(const struct xen_windows *windows, unsigned cpu)
{
    const struct xen_running not_told = { XEN_NO_DOMAIN, windows->cpu[cpu].number & 0xffff };
    struct xen_running later;
    struct xen_stream stream;

    xen_stream_begin(&stream, windows, cpu);
    while (xen_stream_next(&stream)) {
        if (is_continue(&stream))
            return of_word(&stream);
        if (xen_tells_running(&stream, &later))
            return not_told;
        if (is_runstate(&stream) && (stream.event >> 8 & 0xf) == XEN_RUNNING)
            return of_word(&stream);
    }
    return not_told;
}
