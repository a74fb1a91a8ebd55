/* SPDX-License-Identifier: MIT */
/* The container that trace-cmd writes. */
#include "trace/host/import/trace_dat.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/scan.h"

enum {
    OPTIONS_SECTIONS = 64, /* no file has more; it is a circle then */
    OPTION_BUFFER = 3,
    OPTION_CLOCK = 4,
    OPTION_TSC2NSEC = 14,
    OPTION_HEADER_INFO = 16,
    OPTION_EVENT_FORMATS = 18,
    OPTION_CMDLINES = 21,
    COMPRESSED = 1, /* flag of a section */
};

static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

static bool fail(struct trace_dat *dat, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct trace_dat *dat, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(dat->error, sizeof(dat->error), format, arguments);
    va_end(arguments);
    return false;
}

bool trace_dat_begins(struct bytes file)
{
    return file.n >= sizeof(magic) && memcmp(file.at, magic, sizeof(magic)) == 0;
}

/* What both versions have */

/* A text with its length before it. */
static struct bytes take_text(struct bytes *bytes, unsigned length_size)
{
    uint64_t n = bytes_number(bytes, length_size);
    const uint8_t *p = bytes_take(bytes, n);

    return (struct bytes){ .at = p ? p : bytes->at, .n = p ? (size_t)n : 0, .ended = !p };
}

static bool read_page_header(struct trace_dat *dat, struct bytes *bytes)
{
    const char *word = bytes_string(bytes);
    struct bytes text = take_text(bytes, 8);
    const char *page = (const char *)text.at;

    if (strcmp(word, "header_page") != 0 ||
        !event_format_field(page, text.n, "timestamp", &dat->page_time) ||
        !event_format_field(page, text.n, "commit", &dat->page_commit))
        return fail(dat, "the layout of the ring buffer's pages is not told");

    /* The events follow; their field has no size of a number. */
    dat->page_data = dat->page_commit.offset + dat->page_commit.size;
    if (dat->page_data >= dat->page_size || dat->page_time.size != 8)
        return fail(dat, "the layout of the ring buffer's pages makes no sense");
    if (strcmp(bytes_string(bytes), "header_event") != 0)
        return fail(dat, "the layout of the ring buffer's events is not told");
    take_text(bytes, 8);
    return true;
}

/* Passes over the formats of each event of each system; `events` keeps where they begin. */
static void skip_events(struct bytes *bytes)
{
    for (uint64_t systems = bytes_number(bytes, 4); systems && !bytes->ended; systems--) {
        bytes_string(bytes);
        for (uint64_t events = bytes_number(bytes, 4); events && !bytes->ended; events--)
            take_text(bytes, 8);
    }
}

static bool add_cpu(struct trace_dat *dat, uint64_t offset, uint64_t size, bool compressed)
{
    struct bytes data = bytes_part(dat->file, offset, size);

    if (!size)
        return true;
    if (dat->cpus == TRACE_DAT_CPUS)
        return fail(dat, "more than %d CPUs", TRACE_DAT_CPUS);
    dat->cut |= data.ended;
    data.ended = false;
    dat->claimed += data.n;
    if (dat->claimed > dat->file.n)
        return fail(dat, "the data of its CPUs overlap");
    dat->cpu[dat->cpus++] = (struct trace_dat_cpu){ data, compressed };
    return true;
}

static void take_clock(struct trace_dat *dat, const char *clock, size_t n)
{
    struct scan scan = scan_begin(clock, n), chosen = scan;

    /* "local [global] counter": the chosen one of a list, or one alone */
    scan_until(&scan, '[');
    if (!scan_empty(&scan))
        chosen = scan_until(&scan, ']');
    chosen = scan_until(&chosen, '\0');
    scan_copy(&chosen, dat->clock, sizeof(dat->clock));
    dat->clock[strcspn(dat->clock, "\r\n")] = '\0';
}

static void take_conversion(struct trace_dat *dat, struct bytes option)
{
    dat->multiplier = (uint32_t)bytes_number(&option, 4);
    dat->shift = (uint32_t)bytes_number(&option, 4);
}

static void take_common_option(struct trace_dat *dat, uint64_t id, struct bytes option)
{
    if (id == OPTION_CLOCK)
        take_clock(dat, (const char *)option.at, option.n);
    else if (id == OPTION_TSC2NSEC)
        take_conversion(dat, option);
}

/* Version 6: one part after the other */

static bool read_options_6(struct trace_dat *dat, struct bytes *bytes)
{
    for (uint64_t id = bytes_number(bytes, 2); id; id = bytes_number(bytes, 2))
        take_common_option(dat, id, take_text(bytes, 4));
    return !bytes->ended || fail(dat, "it breaks off in its options");
}

static bool read_6(struct trace_dat *dat, struct bytes bytes)
{
    if (!read_page_header(dat, &bytes))
        return false;
    for (uint64_t n = bytes_number(&bytes, 4); n && !bytes.ended; n--)
        take_text(&bytes, 8); /* the formats of ftrace's own events */
    dat->events = bytes;
    skip_events(&bytes);
    take_text(&bytes, 4); /* kallsyms */
    take_text(&bytes, 4); /* formats of trace_printk() */
    dat->names = take_text(&bytes, 8);

    uint64_t cpus = bytes_number(&bytes, 4);
    const char *word = bytes_string(&bytes);

    if (strcmp(word, "options  ") == 0) {
        if (!read_options_6(dat, &bytes))
            return false;
        word = bytes_string(&bytes);
    }
    if (bytes.ended)
        return fail(dat, "it breaks off before the data");
    if (strcmp(word, "flyrecord") != 0)
        return fail(dat, "it holds no ring buffer pages, but '%.10s'", word);
    for (; cpus && !bytes.ended; cpus--) {
        uint64_t offset = bytes_number(&bytes, 8), size = bytes_number(&bytes, 8);

        if (!add_cpu(dat, offset, size, false))
            return false;
    }
    return !bytes.ended || fail(dat, "it breaks off in the list of CPUs");
}

/* Version 7: sections, found by options */

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

    bytes_string(&option); /* the instance's name */

    const char *clock = bytes_string(&option);

    if (!dat->clock[0])
        take_clock(dat, clock, strlen(clock));

    uint64_t page_size = bytes_number(&option, 4);

    if (page_size != dat->page_size)
        return fail(dat, "its ring buffer has pages of another size than the machine");
    for (uint64_t cpus = bytes_number(&option, 4); cpus && !option.ended; cpus--) {
        bytes_number(&option, 4);

        uint64_t offset = bytes_number(&option, 8), size = bytes_number(&option, 8);

        /* Of compressed data the size leaves out the count of chunks before them. */
        if (size && compressed)
            size += 4;
        if (!option.ended && !add_cpu(dat, offset, size, compressed))
            return false;
    }
    return !option.ended || fail(dat, "it breaks off in the list of CPUs");
}

static bool take_option_7(struct trace_dat *dat, uint64_t id, struct bytes option)
{
    struct bytes contents;

    switch (id) {
    case OPTION_BUFFER:
        return take_buffer(dat, option);
    case OPTION_HEADER_INFO:
        contents = section(dat, bytes_number(&option, 8));
        return read_page_header(dat, &contents);
    case OPTION_EVENT_FORMATS:
        dat->events = section(dat, bytes_number(&option, 8));
        return true;
    case OPTION_CMDLINES:
        contents = section(dat, bytes_number(&option, 8));
        dat->names = take_text(&contents, 8);
        return true;
    default:
        take_common_option(dat, id, option);
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
        struct bytes option = take_text(&bytes, 4);

        if (bytes.ended)
            break;
        if (id == 0) {
            *next = bytes_number(&option, 8);
            return true;
        }
        if (!take_option_7(dat, id, option))
            return false;
    }
    return fail(dat, "it breaks off in its options, or they are damaged");
}

static bool read_7(struct trace_dat *dat, struct bytes bytes)
{
    const char *compression = bytes_string(&bytes);

    if (!expand_kind(compression, &dat->compression))
        return fail(dat, "its compression '%.20s' is not known", compression);
    bytes_string(&bytes); /* the compression's version */

    uint64_t offset = bytes_number(&bytes, 8);

    for (unsigned i = 0; offset && i < OPTIONS_SECTIONS; i++)
        if (!read_options_7(dat, offset, &offset))
            return false;
    if (!dat->page_data)
        return fail(dat, "the layout of the ring buffer's pages is not told");
    return true;
}

bool trace_dat_open(struct trace_dat *dat, struct bytes file)
{
    struct bytes bytes = file;

    *dat = (struct trace_dat){ .file = file };
    bytes_take(&bytes, sizeof(magic));

    const char *version = bytes_string(&bytes);
    uint64_t big_endian = bytes_number(&bytes, 1);

    bytes_number(&bytes, 1); /* the size of a long in user space */
    dat->page_size = (uint32_t)bytes_number(&bytes, 4);
    if (bytes.ended)
        return fail(dat, "it breaks off in its first bytes");
    if (big_endian)
        return fail(dat, "it is of a big-endian machine, which has no VMX");
    if (dat->page_size < 512 || dat->page_size > 1 << 20)
        return fail(dat, "pages of %u bytes make no sense", dat->page_size);
    if (strcmp(version, "6") == 0)
        return read_6(dat, bytes);
    if (strcmp(version, "7") == 0)
        return read_7(dat, bytes);
    return fail(dat, "version '%.10s' of the format is not known, only 6 and 7", version);
}

void trace_dat_close(struct trace_dat *dat)
{
    while (dat->texts)
        free(dat->text[--dat->texts]);
}

/* What is asked of it */

void trace_dat_events(const struct trace_dat *dat, const char *system,
                      void (*take)(void *context, const char *text, size_t n), void *context)
{
    struct bytes bytes = dat->events;

    for (uint64_t systems = bytes_number(&bytes, 4); systems && !bytes.ended; systems--) {
        bool wanted = strcmp(bytes_string(&bytes), system) == 0;

        for (uint64_t events = bytes_number(&bytes, 4); events && !bytes.ended; events--) {
            struct bytes text = take_text(&bytes, 8);

            if (wanted)
                take(context, (const char *)text.at, text.n);
        }
    }
}

void trace_dat_name(const struct trace_dat *dat, uint32_t pid, char *name, size_t n)
{
    struct scan scan = scan_begin((const char *)dat->names.at, dat->names.n);
    uint64_t number;

    *name = '\0';
    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');

        if (scan_number(&line, &number) && number == pid && scan_text(&line, " ")) {
            scan_copy(&line, name, n);
            return;
        }
    }
}

uint64_t trace_dat_hz(const struct trace_dat *dat)
{
    static const char *const unknown[] = { "x86-tsc", "counter", "uptime" };

    if (dat->multiplier && dat->shift < 64 && strcmp(dat->clock, "x86-tsc") == 0)
        return (uint64_t)(1e9 * (double)(UINT64_C(1) << dat->shift) / dat->multiplier);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        if (strcmp(dat->clock, unknown[i]) == 0)
            return 0;
    return 1000000000;
}
