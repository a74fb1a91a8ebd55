/* SPDX-License-Identifier: MIT */
/* The events in the ring buffer pages of one CPU. */
#include "trace/host/import/ring_pages.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMMIT_LENGTH = (1 << 27) - 1, /* of a page's commit: bytes of events */
    MISSED = 1u << 31,             /* events before this page were lost; ... */
    MISSED_STORED = 1 << 30,       /* ... how many stands behind its events */
    TYPE_PADDING = 29,
    TYPE_TIME_EXTEND,
    TYPE_TIME_STAMP,
    CHUNK_MAX = 16 << 20,
    STAMP_BITS = 59, /* of an absolute stamp; what is above is the page's */
};

void ring_pages_begin(struct ring_pages *ring, const struct trace_dat *dat,
                      const struct trace_dat_cpu *cpu)
{
    *ring = (struct ring_pages){ .dat = dat,
                                 .page_size = dat->buffer[cpu->buffer].page_size,
                                 .compressed = cpu->compressed,
                                 .data = cpu->data };
    if (cpu->compressed)
        ring->chunks = bytes_number(&ring->data, 4);
    else
        ring->pages = cpu->data;
}

void ring_pages_end(struct ring_pages *ring)
{
    if (!ring->chunk)
        return;
    ring->dat->reading->expanded -= ring->chunk_size;
    free(ring->chunk);
    ring->chunk = NULL;
    ring->chunk_size = 0;
}

/* Makes room for so many bytes in place of the chunk at hand, which stay. False: that is too much. */
static bool make_room(struct ring_pages *ring, uint64_t size)
{
    struct reading *reading = ring->dat->reading;
    uint8_t *chunk;

    if (size <= ring->chunk_size)
        return true;
    if (size > CHUNK_MAX || size > READING_EXPANDED - reading->expanded)
        return false;
    chunk = realloc(ring->chunk, size);
    if (!chunk)
        return false;
    reading->expanded += size - ring->chunk_size;
    ring->chunk = chunk;
    ring->chunk_size = size;
    return true;
}

/* Expands the next chunk behind what is left of a page. False where there is none. */
static bool next_chunk(struct ring_pages *ring)
{
    size_t left = ring->pages.n;

    if (left)
        memmove(ring->chunk, ring->pages.at, left);
    while (ring->chunks) {
        uint64_t packed = bytes_number(&ring->data, 4), size = bytes_number(&ring->data, 4);
        const uint8_t *from = bytes_take(&ring->data, packed);

        reading_count(ring->dat->reading, packed);
        if (ring->data.ended) /* however many were promised */
            from = NULL;
        ring->chunks = from ? ring->chunks - 1 : 0;
        if (from && size && make_room(ring, left + size) &&
            expand(ring->dat->compression, from, packed, ring->chunk + left, size)) {
            ring->pages = (struct bytes){ .at = ring->chunk, .n = left + size };
            return true;
        }
        ring->damaged++;
    }
    ring->pages.at = ring->chunk;
    return false;
}

/* Begins the next page. False where there is none; *missed: events before it were lost. */
static bool next_page(struct ring_pages *ring, bool *missed)
{
    const struct trace_dat *dat = ring->dat;

    while (ring->compressed && ring->pages.n < ring->page_size)
        if (!next_chunk(ring))
            break;
    if (ring->pages.n == 0)
        return false;

    size_t n = ring->pages.n < ring->page_size ? ring->pages.n : ring->page_size;
    const uint8_t *page = bytes_take(&ring->pages, n);

    if (!ring->compressed)
        reading_count(dat->reading, n);

    uint64_t commit = event_value(&dat->page_commit, page, n);
    size_t length = commit & COMMIT_LENGTH;

    ring->time = event_value(&dat->page_time, page, n);
    ring->page = bytes_part((struct bytes){ .at = page, .n = n }, dat->page_data, length);
    if (ring->page.ended) {
        ring->damaged++;
        ring->page.ended = false;
    }
    *missed = commit & MISSED;
    ring->missed = 0;
    if (commit & MISSED_STORED)
        ring->missed = event_value(
            &(struct event_field){ dat->page_data + (uint32_t)length, dat->page_commit.size }, page,
            n);
    return true;
}

/* Leaves out what is left of a page that makes no sense. */
static void leave_page(struct ring_pages *ring)
{
    ring->damaged++;
    ring->page.n = 0;
    ring->page.ended = false;
}

/* Takes one entry of the page. True if it is an event. */
static bool take_entry(struct ring_pages *ring)
{
    uint32_t head = (uint32_t)bytes_number(&ring->page, 4);
    uint64_t type = head & 31, delta = head >> 5, length = 4 * type;

    if (type >= TYPE_TIME_EXTEND) {
        delta |= bytes_number(&ring->page, 4) << 27;
        if (type == TYPE_TIME_STAMP)
            ring->time = (ring->time >> STAMP_BITS << STAMP_BITS) |
                         (delta & ((UINT64_C(1) << STAMP_BITS) - 1));
        else
            ring->time += delta;
        return false;
    }
    if (type == TYPE_PADDING && delta == 0) {
        ring->page.n = 0; /* the rest of the page is empty */
        return false;
    }
    if (type == 0 || type == TYPE_PADDING) {
        length = bytes_number(&ring->page, 4);
        length = length < 4 ? UINT64_MAX : length - 4;
    }
    ring->time += delta;
    ring->event = bytes_take(&ring->page, length);
    ring->size = (size_t)length;
    /* Events are aligned to 4 bytes; a length that is not is of the last one. */
    if (length % 4 && ring->event)
        bytes_take(&ring->page, 4 - length % 4 < ring->page.n ? 4 - length % 4 : ring->page.n);
    return ring->event && type != TYPE_PADDING;
}

enum ring_event ring_pages_next(struct ring_pages *ring)
{
    for (;;) {
        bool missed;

        while (ring->page.n) {
            bool event = take_entry(ring);

            if (ring->page.ended)
                leave_page(ring);
            else if (event)
                return RING_EVENT;
        }
        if (!next_page(ring, &missed))
            return RING_OVER;
        if (missed)
            return RING_MISSED;
    }
}
