/* SPDX-License-Identifier: MIT */
/* The account of a run: what came of it, what is missing, and whether the END record agrees. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/log/log_reader_parts.h"

bool log_run_complete(const struct log_run *run)
{
    return run->has_start && run->has_end && !run->missing_frames && !run->missing_records &&
           !run->damaged_places && !run->broken && !run->newer && !run->disagrees;
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

void log_begin_run(struct log_reader *reader)
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
    log_begin_run(reader);
}
