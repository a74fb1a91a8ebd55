/* SPDX-License-Identifier: MIT */
/*
 * Changes events in the ring buffer pages of a trace.dat, and leaves pages of events. Those that are
 * compressed are expanded for it and take as much room as before: what a chunk has too much is filled.
 */
#ifndef TESTS_FUZZ_EDIT_DAT_H
#define TESTS_FUZZ_EDIT_DAT_H

#include <zlib.h>
#include <zstd.h>

#include "tests/fuzz/edit.h"
#include "trace/host/import/kvm_events.h"

enum {
    EDIT_DAT_PAGE = 4096,   /* larger ones are left to libFuzzer */
    EDIT_DAT_CHUNK = 16384, /* the same */
    EDIT_DAT_LENGTH = (1 << 27) - 1,
};

/* An entry of a page at random, and where the last one ends. `page` is its events alone. */
static inline struct edit_piece edit_dat_entry(struct edit *page)
{
    struct edit_piece entry = { 0, 0 };
    unsigned seen = 0;

    for (size_t at = 0; page->n - at >= 8;) {
        uint32_t head = (uint32_t)edit_get(page->data + at, 4), type = head & 31;
        size_t n = 4 + 4 * type;

        if (type >= 30)
            n = 8;
        else if (type == 0 || type == 29)
            n = 4 + edit_get(page->data + at + 4, 4);
        if (n > page->n - at || n < 8)
            break;
        edit_pick(page, &entry, &seen, at, n);
        at += n;
    }
    return entry;
}

static inline void edit_dat_field(uint8_t *event, size_t n, struct event_field field,
                                  uint64_t value)
{
    if (field.size <= n && field.offset <= n - field.size)
        memcpy(event + field.offset, &value, field.size);
}

/* An event of KVM, one that the file describes, with values of any kind. Returns its length. */
static inline size_t edit_dat_event(struct edit *page, const struct kvm_events *events,
                                    uint8_t *bytes, size_t room)
{
    unsigned kind = KVM_ENTRY + (unsigned)random_below(&page->random, KVM_EVENTS - KVM_ENTRY);
    const struct event_field *field = events->event[kind].field;
    const uint8_t *id = memchr(events->of_id, (int)kind, sizeof(events->of_id));
    size_t n = 8;

    if (!id)
        return 0;
    for (unsigned i = 0; i < KVM_FIELDS; i++)
        if (field[i].offset + field[i].size > n)
            n = field[i].offset + field[i].size;
    n = (n + 3) / 4 * 4;
    if (n > room || n / 4 > 28)
        return 0;
    memset(bytes, 0, n);
    edit_dat_field(bytes, n, events->type, (uint64_t)(id - events->of_id));
    edit_dat_field(bytes, n, events->pid, random_below(&page->random, 4));
    for (unsigned i = 0; i < KVM_FIELDS; i++)
        edit_dat_field(bytes, n, field[i], edit_value(page));
    if (kind == KVM_EXIT)
        edit_dat_field(bytes, n, field[EXIT_ISA], 1);
    if (kind == KVM_EXIT || kind == KVM_ENTRY)
        edit_dat_field(bytes, n, field[0], random_below(&page->random, 3));
    return n;
}

/* A time extend, a time stamp, padding, or an event. Returns its length. */
static inline size_t edit_dat_make(struct edit *page, const struct kvm_events *events,
                                   uint8_t *bytes, size_t room)
{
    uint64_t value = edit_value(page);
    uint32_t type = 29 + (uint32_t)random_below(&page->random, 8), more = (uint32_t)(value >> 27);
    size_t n = 4;

    if (type > 31) {
        n = edit_dat_event(page, events, bytes + 4, room - 4);
        type = (uint32_t)n / 4;
    } else {
        if (type == 29)
            more = 4;
        memcpy(bytes + 4, &more, sizeof(more));
    }

    uint32_t head = (uint32_t)value << 5 | type;

    memcpy(bytes, &head, sizeof(head));
    return n ? 4 + n : 0;
}

static inline void edit_dat_events(struct edit *page, const struct kvm_events *events)
{
    struct edit_piece entry = edit_dat_entry(page), behind = { entry.at + entry.n, 0 };
    uint32_t delta = (uint32_t)edit_value(page);
    uint8_t bytes[EDIT_DAT_PAGE];

    memcpy(bytes, page->data + entry.at, entry.n);
    switch (random_below(&page->random, 8)) {
    case 0:
        edit_put(page, entry, NULL, 0);
        break;
    case 1:
        edit_put(page, behind, bytes, entry.n);
        break;
    case 2:
        edit_wildly(page, entry);
        break;
    case 3:
        if (entry.n)
            page->data[entry.at] = (uint8_t)(bytes[0] & 31) | (uint8_t)(delta << 5);
        break;
    case 4:
        edit_put(page, entry, bytes, edit_dat_make(page, events, bytes, sizeof(bytes)));
        break;
    default:
        edit_put(page, behind, bytes, edit_dat_make(page, events, bytes, sizeof(bytes)));
        break;
    }
}

/* A page, whose head is made fit to what it holds then. */
static inline void edit_dat_page(struct edit *edit, const struct trace_dat *dat, uint8_t *page,
                                 size_t n)
{
    static struct kvm_events events;
    uint64_t commit;

    if (n <= dat->page_data || n > EDIT_DAT_PAGE)
        return;
    commit = event_value(&dat->page_commit, page, n);

    struct edit part = { .data = page + dat->page_data,
                         .n = commit & EDIT_DAT_LENGTH,
                         .room = n - dat->page_data,
                         .random = edit->random };

    if (part.n > part.room)
        part.n = part.room;
    kvm_events_begin(&events, dat);
    edit_dat_events(&part, &events);
    commit = (commit & ~(uint64_t)EDIT_DAT_LENGTH) | part.n;
    if (random_below(&part.random, 16) == 0)
        commit ^= (uint64_t)random_below(&part.random, 4) << 30; /* events were lost; how many */
    edit_dat_field(page, n, dat->page_commit, commit);
    if (random_below(&part.random, 16) == 0)
        edit_dat_field(page, n, dat->page_time, edit_value(&part));
    edit->random = part.random;
}

/* One of the pages in a row of them. */
static inline void edit_dat_pages(struct edit *edit, const struct trace_dat *dat, uint8_t *pages,
                                  size_t n, size_t size)
{
    size_t at = random_below(&edit->random, (n + size - 1) / size) * size;

    edit_dat_page(edit, dat, pages + at, n - at < size ? n - at : size);
}

/* Compresses into exactly this much room. False: it is too little. */
static inline bool edit_dat_pack(enum expand_kind kind, const uint8_t *from, size_t n, uint8_t *to,
                                 size_t room)
{
    static uint8_t packed[EDIT_DAT_CHUNK * 2];
    uint32_t filling[2] = { ZSTD_MAGIC_SKIPPABLE_START };
    uLongf length = sizeof(packed);

    if (kind == EXPAND_ZSTD)
        length = ZSTD_compress(packed, sizeof(packed), from, n, 1);
    else if (kind != EXPAND_ZLIB || compress2(packed, &length, from, n, 1) != Z_OK)
        return false;
    if (length > room || (kind == EXPAND_ZSTD && length != room && room - length < sizeof(filling)))
        return false;
    memset(to, 0, room);
    memcpy(to, packed, length);
    if (kind == EXPAND_ZSTD && length != room) {
        filling[1] = (uint32_t)(room - length - sizeof(filling));
        memcpy(to + length, filling, sizeof(filling));
    }
    return true;
}

/* One of the chunks: its compressed size, its size, what it is. */
static inline void edit_dat_chunks(struct edit *edit, const struct trace_dat *dat,
                                   const struct trace_dat_cpu *cpu)
{
    uint8_t *data = edit->data + (cpu->data.at - dat->file.at);
    static uint8_t chunk[EDIT_DAT_CHUNK];
    struct edit_piece piece = { 0, 0 };
    unsigned seen = 0;

    for (size_t at = 4; cpu->data.n >= 8 && at <= cpu->data.n - 8;) {
        size_t packed = edit_get(data + at, 4);

        if (packed > cpu->data.n - at - 8)
            break;
        edit_pick(edit, &piece, &seen, at, packed);
        at += 8 + packed;
    }

    size_t size = seen ? edit_get(data + piece.at + 4, 4) : 0;
    uint8_t *packed = data + piece.at + 8;

    if (!size || size > sizeof(chunk) || !expand(dat->compression, packed, piece.n, chunk, size))
        return;
    edit_dat_pages(edit, dat, chunk, size, dat->buffer[cpu->buffer].page_size);
    edit_dat_pack(dat->compression, chunk, size, packed, piece.n);
}

/* False where it is no such file, or not one whose pages are found. */
static inline bool edit_dat(struct edit *edit)
{
    const struct bytes file = { .at = edit->data, .n = edit->n };
    static struct trace_dat dat;
    struct reading reading = { 0 };
    bool found;

    if (!trace_dat_begins(file))
        return false;
    found = trace_dat_open(&dat, file, &reading) && dat.cpus;
    if (found) {
        const struct trace_dat_cpu *cpu = &dat.cpu[random_below(&edit->random, dat.cpus)];

        if (cpu->compressed)
            edit_dat_chunks(edit, &dat, cpu);
        else if (cpu->data.n)
            edit_dat_pages(edit, &dat, edit->data + (cpu->data.at - file.at), cpu->data.n,
                           dat.buffer[cpu->buffer].page_size);
    }
    trace_dat_close(&dat);
    return found;
}

#endif
