/* SPDX-License-Identifier: MIT */
/* Changes windows and records of a file of xentrace, and leaves a file of windows and records. */
#ifndef TESTS_FUZZ_EDIT_XEN_H
#define TESTS_FUZZ_EDIT_XEN_H

#include "tests/fuzz/edit.h"
#include "trace/host/import/xen_records.h"
#include "trace/host/import/xen_windows.h"

enum { EDIT_XEN_HEADER = 12, EDIT_XEN_RECORD = 40 /* bytes, at most */ };

/* A window at random, what stands before it included. */
static inline bool edit_xen_window(struct edit *edit, struct edit_piece *window)
{
    unsigned seen = 0;

    for (size_t at = 0; edit->n - at >= EDIT_XEN_HEADER;) {
        size_t size = edit_get(edit->data + at + 8, 4), left = edit->n - at - EDIT_XEN_HEADER;

        if (edit_get(edit->data + at, 4) != XEN_CPU_CHANGE_HEADER)
            break;
        size = size < left ? size : left;
        edit_pick(edit, window, &seen, at, EDIT_XEN_HEADER + size);
        at += EDIT_XEN_HEADER + size;
    }
    return seen > 0;
}

/* A record of the window at random; where there is none, a piece of no length. */
static inline struct edit_piece edit_xen_record(struct edit *edit, struct edit_piece window)
{
    size_t at = window.at + EDIT_XEN_HEADER, end = window.at + window.n;
    struct edit_piece record = { at, 0 };
    unsigned seen = 0;

    while (end - at >= 4) {
        uint32_t header = (uint32_t)edit_get(edit->data + at, 4);
        size_t n = 4 + 4 * (header >> 28 & 7) + (header >> 31 ? 8 : 0);

        if (n > end - at)
            break;
        edit_pick(edit, &record, &seen, at, n);
        at += n;
    }
    return record;
}

/* A record of a kind that matters, with values of any kind. Returns its length. */
static inline size_t edit_xen_make(struct edit *edit, uint8_t *bytes)
{
    static const struct {
        uint32_t event;
        unsigned words;
    } kinds[] = { { XEN_VMEXIT, 2 },   { XEN_VMEXIT64, 3 }, { XEN_VMENTRY, 0 },
                  { XEN_RUNSTATE, 1 }, { XEN_CONTINUE, 1 }, { XEN_LOST, 4 },
                  { XEN_SVM_EXIT, 2 }, { XEN_HANDLER, 6 } };
    uint64_t *random = &edit->random;
    size_t kind = random_below(random, sizeof(kinds) / sizeof(kinds[0])), n = 4;
    uint32_t event = kinds[kind].event;
    unsigned words =
        random_below(random, 8) ? kinds[kind].words : (unsigned)random_below(random, 8);
    bool has_time = random_below(random, 8) > 0,
         vcpu = event == XEN_RUNSTATE || event == XEN_CONTINUE;

    if (event == XEN_RUNSTATE)
        event |= (uint32_t)random_below(random, 4) << 8 | (uint32_t)random_below(random, 4) << 4;
    if (event == XEN_HANDLER)
        event |= (uint32_t)random_below(random, 0x22) | (uint32_t)random_below(random, 4) << 8;
    if (random_below(random, 8) == 0)
        event ^= XEN_NESTED;
    event |= words << 28 | (uint32_t)has_time << 31;
    memcpy(bytes, &event, 4);
    if (has_time) {
        uint64_t time = random_below(random, 8) ? random_below(random, 500) : random_wild(random);

        memcpy(bytes + n, &time, 8);
        n += 8;
    }
    for (; words; words--, n += 4) {
        uint32_t word = (uint32_t)edit_value(edit);

        if (vcpu)
            word = word % 3 << 16 | word % 5;
        memcpy(bytes + n, &word, 4);
    }
    return n;
}

static inline void edit_xen_records(struct edit *edit, struct edit_piece window)
{
    struct edit_piece record = edit_xen_record(edit, window);
    struct edit_piece behind = { record.at + record.n, 0 };
    uint8_t bytes[EDIT_XEN_RECORD];
    size_t before = edit->n;

    memcpy(bytes, edit->data + record.at, record.n);
    switch (random_below(&edit->random, 6)) {
    case 0:
        edit_put(edit, record, NULL, 0);
        break;
    case 1:
        edit_put(edit, behind, bytes, record.n);
        break;
    case 2:
        edit_put(edit, record, bytes, edit_xen_make(edit, bytes));
        break;
    case 3:
        edit_wildly(edit, record);
        break;
    default:
        edit_put(edit, behind, bytes, edit_xen_make(edit, bytes));
        break;
    }

    uint32_t size = (uint32_t)(window.n - EDIT_XEN_HEADER + edit->n - before);

    memcpy(edit->data + window.at + 8, &size, sizeof(size));
}

/* False where it is no such file. */
static inline bool edit_xen(struct edit *edit)
{
    uint32_t cpu = (uint32_t)edit_value(edit) % 4;
    static uint8_t bytes[4096];
    struct edit_piece window;

    if (!edit_xen_window(edit, &window))
        return false;
    switch (random_below(&edit->random, 12)) {
    case 0:
        memcpy(edit->data + window.at + 4, &cpu, sizeof(cpu));
        break;
    case 1:
        if (window.at) /* one stays */
            edit_put(edit, window, NULL, 0);
        break;
    case 2:
        if (window.n > sizeof(bytes))
            break;
        memcpy(bytes, edit->data + window.at, window.n);
        memcpy(bytes + 4, &cpu, sizeof(cpu));
        edit_put(edit, (struct edit_piece){ edit->n, 0 }, bytes, window.n);
        break;
    default:
        edit_xen_records(edit, window);
        break;
    }
    return true;
}

#endif
