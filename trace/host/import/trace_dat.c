/* SPDX-License-Identifier: MIT */
/* The container that trace-cmd writes. */
#include "trace/host/import/trace_dat.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/import/trace_dat_parts.h"
#include "trace/scan.h"

enum { PAGE_MIN = 512, PAGE_MAX = 1 << 20 };

static const uint8_t magic[] = { 0x17, 0x08, 0x44, 't', 'r', 'a', 'c', 'i', 'n', 'g' };

bool trace_dat_begins(struct bytes file)
{
    return file.n >= sizeof(magic) && memcmp(file.at, magic, sizeof(magic)) == 0;
}

/* What both versions have */

bool trace_dat_fail(struct trace_dat *dat, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(dat->error, sizeof(dat->error), format, arguments);
    va_end(arguments);
    return false;
}

struct bytes trace_dat_text(struct bytes *bytes, unsigned length_size)
{
    uint64_t n = bytes_number(bytes, length_size);
    const uint8_t *p = bytes_take(bytes, n);

    return (struct bytes){ .at = p ? p : bytes->at, .n = p ? (size_t)n : 0, .ended = !p };
}

bool trace_dat_page_header(struct trace_dat *dat, struct bytes *bytes)
{
    const char *word = bytes_string(bytes);
    struct bytes text = trace_dat_text(bytes, 8);
    const char *page = (const char *)text.at;

    if (strcmp(word, "header_page") != 0 ||
        !event_format_field(page, text.n, "timestamp", &dat->page_time) ||
        !event_format_field(page, text.n, "commit", &dat->page_commit))
        return trace_dat_fail(dat, "the layout of the ring buffer's pages is not told");

    /* The events follow; their field has no size of a number. */
    dat->page_data = dat->page_commit.offset + dat->page_commit.size;
    if (dat->page_data >= dat->page_size || dat->page_time.size != 8)
        return trace_dat_fail(dat, "the layout of the ring buffer's pages makes no sense");
    if (strcmp(bytes_string(bytes), "header_event") != 0)
        return trace_dat_fail(dat, "the layout of the ring buffer's events is not told");
    trace_dat_text(bytes, 8);
    return true;
}

bool trace_dat_add_cpu(struct trace_dat *dat, uint64_t offset, uint64_t size, bool compressed)
{
    struct bytes data = bytes_part(dat->file, offset, size);

    if (!size)
        return true;
    if (dat->cpus == TRACE_DAT_CPUS)
        return trace_dat_fail(dat, "more than %d CPUs", TRACE_DAT_CPUS);
    dat->cut |= data.ended;
    data.ended = false;
    dat->claimed += data.n;
    if (dat->claimed > dat->file.n)
        return trace_dat_fail(dat, "the data of its CPUs overlap");
    dat->cpu[dat->cpus++] = (struct trace_dat_cpu){ data, dat->buffers - 1, compressed };
    return true;
}

/* Names go to the terminal and into the log's text: nothing that acts on one or ends the other. */
static void copy_name(const struct scan *from, char *name, size_t n)
{
    scan_copy(from, name, n);
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || (unsigned char)*name >= 0x7f)
            *name = '?';
}

/* Takes a clock's name out of "local [global] counter", the one in brackets, or one alone. */
static void take_clock(struct scan scan, char clock[TRACE_DAT_NAME])
{
    struct scan chosen = scan;

    scan_until(&scan, '[');
    if (!scan_empty(&scan))
        chosen = scan_until(&scan, ']');
    chosen = scan_until(&chosen, '\0');
    chosen = scan_until(&chosen, '\n');
    copy_name(&chosen, clock, TRACE_DAT_NAME);
}

bool trace_dat_add_buffer(struct trace_dat *dat, const char *name, const char *clock,
                          uint64_t page_size)
{
    struct trace_dat_buffer *buffer = &dat->buffer[dat->buffers];
    struct scan name_scan = scan_begin(name, strlen(name));

    if (dat->buffers == TRACE_DAT_BUFFERS)
        return trace_dat_fail(dat, "more than %d buffers", TRACE_DAT_BUFFERS);
    if (page_size < PAGE_MIN || page_size > PAGE_MAX)
        return trace_dat_fail(dat, "pages of %" PRIu64 " bytes make no sense", page_size);
    dat->buffers++;
    copy_name(&name_scan, buffer->name, sizeof(buffer->name));
    take_clock(scan_begin(clock, strlen(clock)), buffer->clock);
    buffer->page_size = (uint32_t)page_size;
    return true;
}

void trace_dat_clock(struct trace_dat *dat, struct bytes text)
{
    take_clock(scan_begin((const char *)text.at, text.n), dat->buffer[dat->buffers - 1].clock);
}

static void take_conversion(struct trace_dat *dat, struct bytes option)
{
    dat->multiplier = (uint32_t)bytes_number(&option, 4);
    dat->shift = (uint32_t)bytes_number(&option, 4);
}

void trace_dat_option(struct trace_dat *dat, uint64_t id, struct bytes option)
{
    if (id == OPTION_CLOCK)
        take_clock(scan_begin((const char *)option.at, option.n), dat->clock);
    else if (id == OPTION_TSC2NSEC)
        take_conversion(dat, option);
}

bool trace_dat_open(struct trace_dat *dat, struct bytes file, struct reading *reading)
{
    struct bytes bytes = file;

    *dat = (struct trace_dat){ .file = file, .reading = reading };
    bytes_take(&bytes, sizeof(magic));

    const char *version = bytes_string(&bytes);
    uint64_t big_endian = bytes_number(&bytes, 1);

    bytes_number(&bytes, 1); /* the size of a long in user space */
    dat->page_size = (uint32_t)bytes_number(&bytes, 4);
    if (bytes.ended)
        return trace_dat_fail(dat, "it breaks off in its first bytes");
    if (big_endian)
        return trace_dat_fail(dat, "it is of a big-endian machine, which has no VMX");
    if (dat->page_size < PAGE_MIN || dat->page_size > PAGE_MAX)
        return trace_dat_fail(dat, "pages of %" PRIu32 " bytes make no sense", dat->page_size);
    if (strcmp(version, "6") == 0)
        return trace_dat_6(dat, bytes);
    if (strcmp(version, "7") == 0)
        return trace_dat_7(dat, bytes);
    return trace_dat_fail(dat, "version '%.10s' of the format is not known, only 6 and 7", version);
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
            struct bytes text = trace_dat_text(&bytes, 8);

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
            copy_name(&line, name, n);
            return;
        }
    }
}

const char *trace_dat_clock_of(const struct trace_dat *dat, unsigned buffer)
{
    if (dat->buffer[buffer].clock[0])
        return dat->buffer[buffer].clock;
    return dat->clock[0] ? dat->clock : "local";
}

/* The TSC itself; by its second name where the file tells how to make nanoseconds of it. */
static bool is_tsc(const char *clock)
{
    return strcmp(clock, "x86-tsc") == 0 || strcmp(clock, "tsc2nsec") == 0;
}

uint64_t trace_dat_hz(const struct trace_dat *dat, unsigned buffer)
{
    static const char *const unknown[] = { "x86-tsc", "counter", "uptime" };
    const char *clock = trace_dat_clock_of(dat, buffer);

    if (dat->multiplier && dat->shift < 64 && is_tsc(clock))
        return (uint64_t)(1e9 * (double)(UINT64_C(1) << dat->shift) / dat->multiplier);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        if (strcmp(clock, unknown[i]) == 0)
            return 0;
    return 1000000000;
}
