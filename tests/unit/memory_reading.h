/* SPDX-License-Identifier: MIT */
/* Reads an image of memory as the tool does, and judges the records by what memory_machine.h wrote. */
#ifndef TESTS_UNIT_MEMORY_READING_H
#define TESTS_UNIT_MEMORY_READING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/memory_machine.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/log/memory_log.h"

/* What a reading of the log came to. */
static struct result {
    uint64_t records, lost, elements, first, last;
    uint64_t wrong; /* elements that are not as they were written, or out of order */
    uint64_t notes, lines, statistics_count;
    bool complete, end;
} result;

static inline void take_element(void *context, const struct trace_element *element)
{
    uint64_t n = element->exit_tsc;

    (void)context;
    result.records += trace_records(element->kind);
    if (element->kind == TRACE_LOST) {
        result.lost += element->slot[0];
        return;
    }
    result.wrong += result.elements && n <= result.last;
    if (element->kind == TRACE_EXIT_ENTRY)
        result.wrong += element->slot[4] != ~n || element->slot[1] != ~n ||
                        element->entry_tsc != n + MACHINE_HANDLING;
    if (!result.elements++)
        result.first = n;
    result.last = n;
}

static inline void take_text(void *context, const char *line, size_t n)
{
    (void)context;
    (void)n;
    result.lines++;
    if (line[0] == '#') /* the number of the element that it comes before */
        result.wrong += strtoull(line + 1, NULL, 10) != (result.elements ? result.last + 1 : 0) &&
                        result.elements;
}

static inline void take_statistics(void *context, uint16_t vcpu,
                                   const struct statistics *statistics)
{
    (void)context;
    (void)vcpu;
    result.statistics_count = statistics->row[10].count;
}

static inline void take_note(void *context, const char *note)
{
    (void)context;
    result.notes++;
    if (getenv("VERBOSE"))
        printf("# %s\n", note);
}

static inline void take_run(void *context, const struct log_run *run)
{
    (void)context;
    result.complete = log_run_complete(run);
    result.end = run->has_end;
}

static const struct log_events events = {
    .element = take_element,
    .text = take_text,
    .statistics = take_statistics,
    .note = take_note,
    .run_end = take_run,
};

/* Images in a buffer of their own size. */
struct buffer {
    const uint8_t *at;
};

static inline bool read_buffer(void *context, uint64_t offset, void *to, size_t n)
{
    memcpy(to, ((const struct buffer *)context)->at + offset, n);
    return true;
}

static char why[MEMORY_WHY];

static inline void read_all(struct memory_log *log, struct log_reader *reader)
{
    static uint8_t bytes[1000];
    size_t n;

    while (!memory_log_over(log))
        while ((n = memory_log_read(log, bytes, sizeof(bytes))))
            log_reader_feed(reader, bytes, n);
}

/* Reads an image into `result`. */
static inline enum memory_found read_image(const uint8_t *bytes, uint64_t size, const uint64_t *at)
{
    struct buffer buffer = { bytes };
    struct memory_image image;
    struct trace_memory header;
    enum memory_found found = MEMORY_USELESS;

    memset(&result, 0, sizeof(result));
    strcpy(why, "");
    if (!memory_image_open(&image, &(struct memory_bytes){ read_buffer, &buffer, size }, why))
        return MEMORY_USELESS;
    found = memory_find(&image, at, &header, why);
    if (found == MEMORY_FOUND) {
        struct memory_log *log = memory_log_new(&image, &header, false);
        struct log_reader *reader = log_reader_new(&events);

        read_all(log, reader);
        log_reader_finish(reader);
        log_reader_free(reader);
        memory_log_free(log);
    }
    memory_image_close(&image);
    return found;
}

static inline enum memory_found read_machine(void)
{
    uint8_t *image = machine_image();
    enum memory_found found = read_image(image, memory_length(), NULL);

    free(image);
    return found;
}

#endif
