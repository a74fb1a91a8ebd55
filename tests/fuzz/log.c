/* sources: trace reader */
/* longest: 900 */
/* SPDX-License-Identifier: MIT */
/*
 * Logs: frames, record lines and text, damaged in any way. What the reader tells must not depend on
 * the pieces in which a log comes, and its counts must be those of what it handed on.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seal.h"
#include "trace/host/log/log_reader.h"

enum { ELEMENTS = 20000 }; /* as many in an input take too long */

struct told {
    uint32_t digest; /* of everything, in its order */
    uint64_t records, orphans, notes, runs, complete;
};

static void digest(struct told *told, const void *bytes, size_t n)
{
    told->digest = crc32c(told->digest, bytes, n);
}

static void on_element(void *context, const struct trace_element *element)
{
    struct told *told = context;

    FUZZ_REQUIRE(element->kind < TRACE_KINDS);
    told->records += trace_records(element->kind);
    digest(told, element, sizeof(*element));
}

static void on_orphan(void *context, const char *line, size_t n)
{
    struct told *told = context;

    told->orphans++;
    digest(told, line, n);
}

static void on_text(void *context, const char *line, size_t n)
{
    digest(context, line, n);
}

static void on_start(void *context, const struct trace_start *start, const char *payload, size_t n)
{
    digest(context, start->options, strlen(start->options));
    digest(context, payload, n);
}

static void on_statistics(void *context, uint16_t vcpu, const struct statistics *statistics)
{
    digest(context, &vcpu, sizeof(vcpu));
    for (unsigned i = 0; i < STATISTICS_ROWS; i++)
        if (statistics->row[i].count)
            digest(context, &statistics->row[i], sizeof(statistics->row[i]));
}

static void on_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    digest(context, end->reason, strlen(end->reason));
    digest(context, payload, n);
}

static void on_note(void *context, const char *note)
{
    struct told *told = context;

    told->notes++;
    digest(told, note, strlen(note));
}

static void on_gap(void *context, uint16_t vcpu, uint64_t records)
{
    digest(context, &vcpu, sizeof(vcpu));
    digest(context, &records, sizeof(records));
}

static void on_run_end(void *context, const struct log_run *run)
{
    struct told *told = context;

    FUZZ_REQUIRE(run->records == told->records + told->orphans);
    FUZZ_REQUIRE(!log_run_complete(run) || (run->has_start && run->has_end));
    told->complete += log_run_complete(run);
    told->records = told->orphans = 0;
    told->runs++;
    digest(told, &run->missing_frames, sizeof(run->missing_frames));
    digest(told, &run->missing_records, sizeof(run->missing_records));
    digest(told, &run->lost, sizeof(run->lost));
}

static struct told read_log(const uint8_t *log, size_t n, size_t piece)
{
    struct told told = { 0 };
    const struct log_events events = {
        .context = &told,
        .element = on_element,
        .orphan = on_orphan,
        .text = on_text,
        .start = on_start,
        .statistics = on_statistics,
        .end = on_end,
        .note = on_note,
        .run_end = on_run_end,
        .gap = on_gap,
    };
    struct log_reader *reader = log_reader_new(&events);

    for (size_t at = 0; at < n; at += piece)
        log_reader_feed(reader, log + at, n - at < piece ? n - at : piece);
    log_reader_finish(reader);
    log_reader_free(reader);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (seal_elements(data, size, ELEMENTS) == ELEMENTS)
        return 0;

    struct told whole = read_log(data, size, size ? size : 1);
    struct told pieces = read_log(data, size, 1 + size % 61);

    FUZZ_REQUIRE(whole.digest == pieces.digest && whole.runs == pieces.runs);
    FUZZ_REQUIRE(whole.notes || whole.complete == whole.runs);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    return mutate_log(data, n, room, 0, seed);
}
