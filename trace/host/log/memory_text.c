/* SPDX-License-Identifier: MIT */
/* The guest's text in an image of a machine's memory, line by line. */
#include "trace/host/log/memory_text.h"

#include <stddef.h>

void memory_text_begin(struct memory_text *text, const struct memory_image *image, uint64_t from,
                       uint32_t vcpus)
{
    *text = (struct memory_text){ .image = image, .from = from, .vcpus = vcpus };
}

/* What makes no sense is made harmless: memory is anyone's. */
static void sanitize(struct trace_memory_line *line, uint32_t vcpus)
{
    if (line->length > TRACE_MEMORY_LINE)
        line->length = TRACE_MEMORY_LINE;
    if (line->vcpu >= vcpus)
        line->vcpu = 0;
}

uint64_t memory_text_fetch(struct memory_text *text)
{
    struct trace_memory_line *line = &text->line;
    uint64_t place = text->from + offsetof(struct trace_memory_text, line) +
                     text->lines % TRACE_MEMORY_LINES * sizeof(*line);
    uint64_t lines, after;

    /* Lines may be written meanwhile: whether this one was tells their number after it was read. */
    if (text->waits || !memory_image_read(text->image, text->from, &lines, sizeof(lines)) ||
        lines <= text->lines || !memory_image_read(text->image, place, line, sizeof(*line)) ||
        !memory_image_read(text->image, text->from, &after, sizeof(after)))
        return 0;
    if (after - text->lines >= TRACE_MEMORY_LINES) {
        uint64_t gone = after - text->lines - (TRACE_MEMORY_LINES - 1);

        text->lines += gone;
        return gone;
    }
    sanitize(line, text->vcpus);
    text->waits = true;
    text->lines++;
    return 0;
}
