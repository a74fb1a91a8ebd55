/* SPDX-License-Identifier: MIT */
/* Reads a log: from what the scanner cuts it into to the events of its user. */
#include "trace/host/log/log_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/host/log/log_reader_parts.h"

void log_note(struct log_reader *reader, const char *format, ...)
{
    char line[512];
    va_list arguments;

    if (!reader->events.note)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    reader->events.note(reader->events.context, line);
}

/* Sequence numbers, of frames and lines alike */

void log_tell_gap(struct log_reader *reader, uint16_t vcpu, uint64_t records)
{
    if (reader->events.gap)
        reader->events.gap(reader->events.context, vcpu, records);
}

static void note_gap(struct log_reader *reader, const char *what, const struct sequence_range *gap)
{
    uint64_t count = gap->last - gap->first + 1;

    reader->run.missing_frames += count;
    if (count == 1)
        log_note(reader, "missing: %s %" PRIu64, what, gap->first);
    else
        log_note(reader, "missing: %ss %" PRIu64 " to %" PRIu64 " (%" PRIu64 ")", what, gap->first,
                 gap->last, count);
}

bool log_take_sequence(struct log_reader *reader, struct sequence *sequence, const char *what,
                       uint32_t number, uint32_t checksum, bool *late)
{
    struct sequence_range gap = { 0, 0 };
    enum sequence_result result = sequence_take(sequence, number, checksum, &gap);

    if (result == SEQUENCE_FOREIGN) {
        log_note(reader, "odd: another run begins here, with %s %" PRIu32, what, number);
        log_end_run(reader);
        result = sequence_take(sequence, number, checksum, &gap);
    }
    *late = result == SEQUENCE_LATE;
    switch (result) {
    case SEQUENCE_TWICE:
        reader->run.twice++;
        log_note(reader, "odd: %s %" PRIu32 " came twice; passed over", what, number);
        return false;
    case SEQUENCE_LATE:
        reader->run.late++;
        reader->run.missing_frames--;
        log_note(reader, "odd: %s %" PRIu32 " came late", what, number);
        break;
    case SEQUENCE_GAP:
        note_gap(reader, what, &gap);
        /* Frames tell whose records they count; lines do not. */
        for (unsigned i = 0; reader->run.lines && i < reader->vcpus; i++)
            log_tell_gap(reader, (uint16_t)i, 0);
        break;
    default:
        break;
    }
    /* Before the first frame came firmware and boot loader, who may send what they like. */
    if (!reader->run.frames++ && result == SEQUENCE_NEXT)
        reader->run.damaged_places = reader->run.damaged_bytes = 0;
    return true;
}

/* Contents, of frames and lines alike */

static void take_lost(struct log_reader *reader, const struct trace_element *element)
{
    struct log_vcpu *vcpu = log_vcpu(reader, element->vcpu);

    reader->run.lost += element->slot[0];
    if (vcpu)
        vcpu->lost += element->slot[0];
}

void log_take_element(struct log_reader *reader, const struct trace_element *element)
{
    struct log_run *run = &reader->run;

    run->records += trace_records(element->kind);
    if (element->kind == TRACE_MARKER)
        run->markers++;
    else if (element->kind == TRACE_LOST)
        take_lost(reader, element);
    if (reader->events.element)
        reader->events.element(reader->events.context, element);
}

void log_take_start(struct log_reader *reader, const char *payload, size_t n)
{
    struct log_run *run = &reader->run;

    run->has_start = true;
    if (!start_decode(payload, n, &run->start)) {
        run->broken++;
        log_note(reader, "damaged: a line of the START record makes no sense");
    }
    if (reader->events.start)
        reader->events.start(reader->events.context, &run->start, payload, n);
}

void log_take_end(struct log_reader *reader, const char *payload, size_t n)
{
    struct log_run *run = &reader->run;

    if (!end_decode(payload, n, &run->end)) {
        run->broken++;
        log_note(reader, "damaged: a line of the END record makes no sense");
        return;
    }
    run->has_end = true;
    if (reader->events.end)
        reader->events.end(reader->events.context, &run->end, payload, n);
}

/* The scanner's other events */

static void take_text(void *context, uint64_t offset, const char *text, size_t n)
{
    struct log_reader *reader = context;

    text_lines_feed(&reader->lines, offset, text, n, log_take_line, reader);
}

static void take_damage(void *context, uint64_t offset, uint64_t length)
{
    struct log_reader *reader = context;

    text_lines_cut(&reader->lines, log_take_line, reader);
    log_note(reader, "damaged: %" PRIu64 " byte%s at offset %" PRIu64, length,
             length == 1 ? "" : "s", offset);
    if (reader->run.has_end)
        return;
    reader->run.damaged_places++;
    reader->run.damaged_bytes += length;
}

/* The reader itself */

struct log_reader *log_reader_new(const struct log_events *events)
{
    struct log_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        return NULL;
    reader->events = *events;
    scanner_begin(
        &reader->scanner,
        &(struct scanner_events){ reader, log_take_frame, log_take_newer, take_text, take_damage });
    log_begin_run(reader);
    return reader;
}

void log_reader_feed(struct log_reader *reader, const void *bytes, size_t n)
{
    scanner_feed(&reader->scanner, bytes, n);
}

void log_reader_finish(struct log_reader *reader)
{
    scanner_finish(&reader->scanner);
    text_lines_cut(&reader->lines, log_take_line, reader);
    log_end_run(reader);
}

bool log_reader_ended(const struct log_reader *reader)
{
    return reader->run.has_end || reader->block.kind == BLOCK_END;
}

void log_reader_free(struct log_reader *reader)
{
    if (reader)
        free(reader->vcpu);
    free(reader);
}
