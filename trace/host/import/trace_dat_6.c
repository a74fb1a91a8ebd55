/* SPDX-License-Identifier: MIT */
/* trace.dat of version 6: one part after the other. */
#include <string.h>

#include "trace/host/import/trace_dat_parts.h"

enum { CLOCKS_MAX = 256 /* bytes of the names of all clocks */ };

/* Passes over the formats of each event of each system; `events` keeps where they begin. */
static void skip_events(struct bytes *bytes)
{
    for (uint64_t systems = bytes_number(bytes, 4); systems && !bytes->ended; systems--) {
        bytes_string(bytes);
        for (uint64_t events = bytes_number(bytes, 4); events && !bytes->ended; events--)
            trace_dat_text(bytes, 8);
    }
}

/* A buffer: its options, where there are any, and the list of its CPUs. instance: NULL for the top. */
static bool read_buffer(struct trace_dat *dat, struct bytes bytes, uint64_t cpus,
                        const char *instance);

/* An instance beside the top buffer: its name, and where its own options and CPUs are. */
static bool take_instance(struct trace_dat *dat, struct bytes option, uint64_t cpus)
{
    struct bytes bytes = bytes_part(dat->file, bytes_number(&option, 8), UINT64_MAX);
    const char *name = bytes_string(&option);

    bytes.ended = false;
    if (option.n)
        cpus = bytes_number(&option, 4);
    return read_buffer(dat, bytes, cpus, name);
}

static bool read_options(struct trace_dat *dat, struct bytes *bytes, uint64_t cpus,
                         const char *instance)
{
    for (uint64_t id = bytes_number(bytes, 2); id; id = bytes_number(bytes, 2)) {
        struct bytes option = trace_dat_text(bytes, 4);

        if (id != OPTION_BUFFER)
            trace_dat_option(dat, id, option);
        else if (!instance && !take_instance(dat, option, cpus))
            return false;
    }
    return !bytes->ended || trace_dat_fail(dat, "it breaks off in its options");
}

/* A buffer's clock may stand behind the list of its CPUs; if not, nothing that looks like one does. */
static void take_own_clock(struct trace_dat *dat, struct bytes bytes)
{
    struct bytes text = trace_dat_text(&bytes, 8);

    if (text.n && text.n <= CLOCKS_MAX && memchr(text.at, '[', text.n))
        trace_dat_clock(dat, text);
}

static bool read_buffer(struct trace_dat *dat, struct bytes bytes, uint64_t cpus,
                        const char *instance)
{
    const char *word = bytes_string(&bytes);

    if (strcmp(word, "options  ") == 0) {
        if (!read_options(dat, &bytes, cpus, instance))
            return false;
        word = bytes_string(&bytes);
    }
    if (bytes.ended)
        return trace_dat_fail(dat, "it breaks off before the data");
    if (strcmp(word, "flyrecord") != 0)
        return trace_dat_fail(dat, "it holds no ring buffer pages, but '%.10s'", word);
    if (!trace_dat_add_buffer(dat, instance ? instance : "", "", dat->page_size))
        return false;
    for (; cpus && !bytes.ended; cpus--) {
        uint64_t offset = bytes_number(&bytes, 8), size = bytes_number(&bytes, 8);

        if (!trace_dat_add_cpu(dat, offset, size, false))
            return false;
    }
    if (bytes.ended)
        return trace_dat_fail(dat, "it breaks off in the list of CPUs");
    take_own_clock(dat, bytes);
    return true;
}

bool trace_dat_6(struct trace_dat *dat, struct bytes bytes)
{
    if (!trace_dat_page_header(dat, &bytes))
        return false;
    for (uint64_t n = bytes_number(&bytes, 4); n && !bytes.ended; n--)
        trace_dat_text(&bytes, 8); /* the formats of ftrace's own events */
    dat->events = bytes;
    skip_events(&bytes);
    trace_dat_text(&bytes, 4); /* kallsyms */
    trace_dat_text(&bytes, 4); /* formats of trace_printk() */
    dat->names = trace_dat_text(&bytes, 8);

    uint64_t cpus = bytes_number(&bytes, 4);

    return !bytes.ended ? read_buffer(dat, bytes, cpus, NULL)
                        : trace_dat_fail(dat, "it breaks off before the data");
}
