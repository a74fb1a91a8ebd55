/* SPDX-License-Identifier: MIT */
/* Reads a log: frames, runs, and the account of what is missing. */
#include "trace/host/log/log_reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/log/log_reader_parts.h"

bool log_run_complete(const struct log_run *run)
{
    return run->has_start && run->has_end && !run->missing_frames && !run->missing_records &&
           !run->damaged_places && !run->broken && !run->newer && !run->disagrees;
}

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

struct log_vcpu *log_vcpu(struct log_reader *reader, uint32_t number)
{
    if (number < reader->vcpus)
        return &reader->vcpu[number];

    struct log_vcpu *more = realloc(reader->vcpu, (number + 1) * sizeof(*more));

    if (!more) {
        reader->out_of_memory = true;
        return NULL;
    }
    memset(more + reader->vcpus, 0, (number + 1 - reader->vcpus) * sizeof(*more));
    reader->vcpu = more;
    reader->vcpus = number + 1;
    return &more[number];
}

/* Runs */

static void begin_run(struct log_reader *reader)
{
    memset(&reader->run, 0, sizeof(reader->run));
    if (reader->vcpu)
        memset(reader->vcpu, 0, reader->vcpus * sizeof(*reader->vcpu));
    sequence_begin(&reader->frame_sequence, 32);
    sequence_begin(&reader->line_sequence, 8);
    reader->block.kind = BLOCK_NONE;
    reader->block.length = 0;
}

/* wire=text: whether the vCPU's line of the END record is not there. */
static bool lacks_balance(const struct log_reader *reader, uint32_t number)
{
    const struct trace_end *end = &reader->run.end;

    if (!reader->run.lines || number >= END_VCPUS)
        return false;
    return number >= end->vcpus ||
           (!end->vcpu[number].generated && number < reader->vcpus && reader->vcpu[number].records);
}

/* Such lines are missing even if they were the last ones, so that no gap tells of them. */
static void note_balances_missing(struct log_reader *reader)
{
    uint32_t told = reader->run.start.vcpus;
    uint32_t vcpus = reader->vcpus > told ? reader->vcpus : told;
    uint64_t missing = 0;

    for (uint32_t i = 0; i < vcpus && i < END_VCPUS; i++)
        if (lacks_balance(reader, i)) {
            log_note(reader, "missing: the line of the END record on vcpu%" PRIu32, i);
            missing++;
        }
    if (reader->run.missing_frames < missing)
        reader->run.missing_frames = missing;
}

/* What the END record says a vCPU has sent, against what was read of it. */
static void draw_balance(struct log_reader *reader, uint32_t number)
{
    const struct trace_end *end = &reader->run.end;
    struct log_vcpu *vcpu = log_vcpu(reader, number);
    uint64_t generated = number < end->vcpus ? end->vcpu[number].generated : 0;
    uint64_t lost = number < end->vcpus ? end->vcpu[number].lost : 0;

    if (!vcpu || lacks_balance(reader, number))
        return;

    if (vcpu->lost < lost)
        vcpu->lost = lost;

    uint64_t sent = generated - lost, known = vcpu->records + vcpu->missing;

    if (known < sent) {
        reader->run.missing_records += sent - known;
        log_note(reader, "missing: vcpu%u %" PRIu64 " %srecords, by the END record's count", number,
                 sent - known, vcpu->missing ? "more " : "");
        vcpu->missing += sent - known;
    } else if (known > sent) {
        reader->run.disagrees = true;
        log_note(reader,
                 "odd: vcpu%u sent %" PRIu64 " records by the END record's count, yet there "
                 "are %" PRIu64,
                 number, sent, known);
    }
}

static void draw_balances(struct log_reader *reader)
{
    struct log_run *run = &reader->run;
    uint32_t vcpus = reader->vcpus > run->end.vcpus ? reader->vcpus : run->end.vcpus;
    uint64_t lost = 0;

    note_balances_missing(reader);
    for (uint32_t i = 0; i < vcpus; i++)
        draw_balance(reader, i);
    for (uint32_t i = 0; i < run->end.vcpus; i++)
        lost += run->end.vcpu[i].lost;
    if (lost != run->lost && !run->missing_frames) {
        run->disagrees = true;
        log_note(reader,
                 "odd: the VMM lost %" PRIu64 " records by the END record's count, %" PRIu64
                 " by its lost records",
                 lost, run->lost);
    }
    if (run->lost < lost)
        run->lost = lost;
}

void log_end_run(struct log_reader *reader)
{
    struct log_run *run = &reader->run;

    log_close_lines(reader);
    for (uint32_t i = 0; i < reader->vcpus; i++)
        run->missing_records += reader->vcpu[i].missing;
    if (run->frames) {
        if (!run->has_start)
            log_note(reader,
                     "missing: the START record (version, TSC frequency, options, slot names)");
        if (run->has_end)
            draw_balances(reader);
        else
            log_note(reader, "missing: the END record, and with it all that came after the last "
                             "frame or record line");
        reader->runs++;
        reader->incomplete_runs += !log_run_complete(run);
    }
    run->vcpu = reader->vcpu;
    run->vcpus = reader->vcpus;
    if (reader->events.run_end && (run->frames || run->damaged_places))
        reader->events.run_end(reader->events.context, run);
    begin_run(reader);
}

/* Sequence numbers */

static void tell_gap(struct log_reader *reader, uint16_t vcpu, uint64_t records)
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
            tell_gap(reader, (uint16_t)i, 0);
        break;
    default:
        break;
    }
    /* Before the first frame came firmware and boot loader, who may send what they like. */
    if (!reader->run.frames++ && result == SEQUENCE_NEXT)
        reader->run.damaged_places = reader->run.damaged_bytes = 0;
    return true;
}

/* Contents */

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

static void take_statistics(struct log_reader *reader, const struct wire_frame *frame)
{
    uint16_t vcpu;

    if (!statistics_decode(frame->payload, frame->payload_length, &vcpu, &reader->statistics)) {
        reader->run.broken++;
        log_note(reader, "damaged: the STATISTICS record of frame %" PRIu32 " makes no sense",
                 frame->sequence);
        return;
    }
    if (reader->events.statistics)
        reader->events.statistics(reader->events.context, vcpu, &reader->statistics);
}

/* A gap between a vCPU's record numbers: what the missing frames had of it. */
static void take_record_number(struct log_reader *reader, struct log_vcpu *vcpu,
                               const struct wire_frame *frame)
{
    uint64_t first = frame->first_record;

    if (first > vcpu->next) {
        vcpu->missing += first - vcpu->next;
        log_note(reader, "missing: vcpu%u records %" PRIu64 " to %" PRIu64 " (%" PRIu64 ")",
                 frame->vcpu, vcpu->next, first - 1, first - vcpu->next);
        tell_gap(reader, frame->vcpu, first - vcpu->next);
    } else if (first < vcpu->next) {
        reader->run.disagrees = true;
        log_note(reader, "odd: vcpu%u record %" PRIu64 " follows record %" PRIu64, frame->vcpu,
                 first, vcpu->next - 1);
    }
}

static uint64_t take_elements(struct log_reader *reader, uint64_t offset,
                              const struct wire_frame *frame)
{
    struct wire_decoder *wire = &reader->wire;
    struct trace_element element;
    uint64_t before = reader->run.records;
    enum wire_read result;

    wire_read_begin(wire, frame);
    while ((result = wire_read(wire, &element)) == WIRE_ELEMENT)
        log_take_element(reader, &element);
    if (result == WIRE_BROKEN) {
        reader->run.broken++;
        log_note(reader,
                 "damaged: frame %" PRIu32 " at offset %" PRIu64 " makes no sense after %" PRIu64
                 " records",
                 frame->sequence, offset, reader->run.records - before);
    }
    return reader->run.records - before;
}

static void take_trace(struct log_reader *reader, uint64_t offset, const struct wire_frame *frame,
                       bool late)
{
    struct log_vcpu *vcpu = log_vcpu(reader, frame->vcpu);
    bool fills = vcpu && late && frame->first_record < vcpu->next;

    if (vcpu && !fills)
        take_record_number(reader, vcpu, frame);

    uint64_t records = take_elements(reader, offset, frame);

    if (!vcpu)
        return;
    vcpu->records += records;
    if (fills)
        vcpu->missing -= records < vcpu->missing ? records : vcpu->missing;
    else
        vcpu->next = frame->first_record + records;
}

/* The scanner's events */

/* A START frame begins a run, unless it is the run's own once more. */
static bool begins_run(const struct log_reader *reader, const struct wire_frame *frame)
{
    return frame->kind == WIRE_START && frame->sequence == 0 && reader->run.frames &&
           reader->frame_sequence.expected > 1;
}

static void take_frame(void *context, uint64_t offset, const struct wire_frame *frame,
                       uint32_t checksum)
{
    struct log_reader *reader = context;
    const char *payload = (const char *)frame->payload;
    bool late;

    if (begins_run(reader, frame))
        log_end_run(reader);
    if (!log_take_sequence(reader, &reader->frame_sequence, "frame", frame->sequence, checksum,
                           &late))
        return;
    switch (frame->kind) {
    case WIRE_TRACE:
        take_trace(reader, offset, frame, late);
        break;
    case WIRE_START:
        log_take_start(reader, payload, frame->payload_length);
        break;
    case WIRE_STATISTICS:
        take_statistics(reader, frame);
        break;
    case WIRE_END:
        log_take_end(reader, payload, frame->payload_length);
        break;
    case WIRE_KINDS:
        break;
    }
}

static void take_newer(void *context, uint64_t offset, const struct wire_frame *frame,
                       uint32_t checksum)
{
    struct log_reader *reader = context;
    bool late;

    if (!log_take_sequence(reader, &reader->frame_sequence, "frame", frame->sequence, checksum,
                           &late))
        return;
    reader->run.newer++;
    log_note(reader,
             "missing: frame %" PRIu32 " at offset %" PRIu64 " is of a newer format than this "
             "tool knows",
             frame->sequence, offset);
}

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
    scanner_begin(&reader->scanner, &(struct scanner_events){ reader, take_frame, take_newer,
                                                              take_text, take_damage });
    begin_run(reader);
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
