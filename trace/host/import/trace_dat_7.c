/* SPDX-License-Identifier: MIT */
/* trace.dat of version 7: sections, found by options. */
#include <stdlib.h>
#include <string.h>

#include "trace/host/import/trace_dat_parts.h"

enum {
    OPTIONS_SECTIONS = 64, /* no file has more; it is a circle then */
    OPTION_HEADER_INFO = 16,
    OPTION_EVENT_FORMATS = 18,
    OPTION_CMDLINES = 21,
    COMPRESSED = 1, /* flag of a section */
};

/* A section's contents, expanded if they are compressed. */
static struct bytes section(struct trace_dat *dat, uint64_t offset)
{
    struct bytes bytes = bytes_part(dat->file, offset, UINT64_MAX);

    bytes.ended = false;
    bytes_number(&bytes, 2);

    uint64_t flags = bytes_number(&bytes, 2);

    bytes_number(&bytes, 4);

    uint64_t length = bytes_number(&bytes, 8);

    if (!(flags & COMPRESSED))
        return bytes_part(bytes, 0, length);

    uint64_t packed = bytes_number(&bytes, 4), size = bytes_number(&bytes, 4);
    const uint8_t *from = bytes_take(&bytes, packed);
    struct bytes none = { .at = dat->file.at, .ended = true };

    if (!from || size > TRACE_DAT_EXPANDED || dat->texts == TRACE_DAT_TEXTS)
        return none;

    uint8_t *to = malloc(size ? size : 1);

    if (!to)
        return none;
    dat->text[dat->texts++] = to;
    if (!expand(dat->compression, from, packed, to, size))
        return none;
    return (struct bytes){ .at = to, .n = size };
}

/* A BUFFER option: where each CPU's pages are. */
static bool take_buffer(struct trace_dat *dat, struct bytes option)
{
    struct bytes head = bytes_part(dat->file, bytes_number(&option, 8), 4);

    bytes_number(&head, 2);

    bool compressed = bytes_number(&head, 2) & COMPRESSED;

    const char *name = bytes_string(&option), *clock = bytes_string(&option);

    if (!trace_dat_add_buffer(dat, name, clock, bytes_number(&option, 4)))
        return false;
    for (uint64_t cpus = bytes_number(&option, 4); cpus && !option.ended; cpus--) {
        bytes_number(&option, 4);

        uint64_t offset = bytes_number(&option, 8), size = bytes_number(&option, 8);

        /* Of compressed data the size leaves out the count of chunks before them. */
        if (size && compressed)
            size += 4;
        if (!option.ended && !trace_dat_add_cpu(dat, offset, size, compressed))
            return false;
    }
    return !option.ended || trace_dat_fail(dat, "it breaks off in the list of CPUs");
}

static bool take_option_7(struct trace_dat *dat, uint64_t id, struct bytes option)
{
    struct bytes contents;

    switch (id) {
    case OPTION_BUFFER:
        return take_buffer(dat, option);
    case OPTION_HEADER_INFO:
        if (dat->page_data) /* told before */
            return true;
        contents = section(dat, bytes_number(&option, 8));
        return trace_dat_page_header(dat, &contents);
    case OPTION_EVENT_FORMATS:
        dat->events = section(dat, bytes_number(&option, 8));
        return true;
    case OPTION_CMDLINES:
        contents = section(dat, bytes_number(&option, 8));
        dat->names = trace_dat_text(&contents, 8);
        return true;
    default:
        trace_dat_option(dat, id, option);
        return true;
    }
}

/* One section of options. *next: where the next one is, 0 if this was the last. */
static bool read_options_7(struct trace_dat *dat, uint64_t offset, uint64_t *next)
{
    struct bytes bytes = section(dat, offset);

    *next = 0;
    while (!bytes.ended) {
        uint64_t id = bytes_number(&bytes, 2);
        struct bytes option = trace_dat_text(&bytes, 4);

        if (bytes.ended)
            break;
        if (id == 0) {
            *next = bytes_number(&option, 8);
            return true;
        }
        if (!take_option_7(dat, id, option))
            return false;
    }
    return trace_dat_fail(dat, "it breaks off in its options, or they are damaged");
}

bool trace_dat_7(struct trace_dat *dat, struct bytes bytes)
{
    const char *compression = bytes_string(&bytes);

    if (!expand_kind(compression, &dat->compression))
        return trace_dat_fail(dat, "its compression '%.20s' is not known", compression);
    bytes_string(&bytes); /* the compression's version */

    uint64_t offset = bytes_number(&bytes, 8);

    for (unsigned i = 0; offset && i < OPTIONS_SECTIONS; i++)
        if (!read_options_7(dat, offset, &offset))
            return false;
    if (!dat->page_data)
        return trace_dat_fail(dat, "the layout of the ring buffer's pages is not told");
    return true;
}
