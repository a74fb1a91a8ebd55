/* SPDX-License-Identifier: MIT */
/* The texts with which a Linux kernel describes its trace events. */
#include "trace/host/import/event_format.h"

#include "trace/scan.h"

enum { OFFSET_MAX = 1 << 16 }; /* an event is no larger than a page of the ring buffer */

static void skip_space(struct scan *scan)
{
    while (!scan_empty(scan) && (*scan->at == ' ' || *scan->at == '\t'))
        scan->at++;
}

bool event_format_head(const char *text, size_t length, char *name, size_t n, uint32_t *id)
{
    struct scan scan = scan_begin(text, length);
    bool has_name = false, has_id = false;
    uint64_t number;

    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');

        if (scan_text(&line, "name: ")) {
            scan_copy(&line, name, n);
            has_name = true;
        } else if (scan_text(&line, "ID: ") && scan_number(&line, &number) &&
                   number <= UINT16_MAX) {
            *id = (uint32_t)number;
            has_id = true;
        }
    }
    return has_name && has_id;
}

/* Takes "offset:8" and the like with what stands around it. */
static bool take_number(struct scan *line, const char *word, uint64_t *value)
{
    struct scan part = scan_until(line, ';');

    skip_space(&part);
    return scan_text(&part, word) && scan_text(&part, ":") && scan_number(&part, value);
}

/* Whether a declaration such as "unsigned int exit_reason" ends with this name. */
static bool declares(struct scan declaration, const char *name)
{
    while (!scan_empty(&declaration)) {
        skip_space(&declaration);

        struct scan word = scan_until(&declaration, ' ');

        if (scan_empty(&declaration))
            return scan_is(&word, name);
    }
    return false;
}

bool event_format_field(const char *text, size_t length, const char *name,
                        struct event_field *field)
{
    struct scan scan = scan_begin(text, length);

    *field = (struct event_field){ 0 };
    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');
        uint64_t offset, size;

        skip_space(&line);
        if (!scan_text(&line, "field:") || !declares(scan_until(&line, ';'), name) ||
            !take_number(&line, "offset", &offset) || !take_number(&line, "size", &size))
            continue;
        if (offset > OFFSET_MAX || (size != 1 && size != 2 && size != 4 && size != 8))
            return false;
        *field = (struct event_field){ (uint32_t)offset, (uint32_t)size };
        return true;
    }
    return false;
}

uint64_t event_value(const struct event_field *field, const uint8_t *event, size_t n)
{
    uint64_t value = 0;

    if (field->size > n || field->offset > n - field->size)
        return 0;
    for (uint32_t i = field->size; i-- > 0;)
        value = value << 8 | event[field->offset + i];
    return value;
}
