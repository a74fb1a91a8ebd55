/* sources: trace reader trace/host/import/log_writer.c */
/* SPDX-License-Identifier: MIT */
/* A log that is written reads back as it was: every element, whole, in the order of each vCPU. */
#include "trace/host/import/log_writer.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/log/log_reader.h"

enum { ELEMENTS = 20000, VCPUS = 5, ROOM = 8 << 20 };

static struct trace_element element[ELEMENTS];
static uint8_t written[ROOM];
static size_t length, limit = ROOM;
static uint64_t seed = 11;
static unsigned next[VCPUS], read_back, wrong, notes, complete, statistics;
static struct trace_start start_read;
static struct trace_end end_read;

static bool take_bytes(void *context, const void *bytes, size_t n)
{
    (void)context;
    if (n > limit - length)
        return false;
    memcpy(written + length, bytes, n);
    length += n;
    return true;
}

static void make(struct trace_element *e)
{
    unsigned chance = (unsigned)random_below(&seed, 100);

    *e = (struct trace_element){ .vcpu = (uint16_t)(random_below(&seed, VCPUS) * 7),
                                 .exit_tsc = random_wild(&seed),
                                 .written = 1 };
    e->kind = chance < 90 ? TRACE_EXIT_ENTRY : chance < 94 ? TRACE_EXIT_ONLY : TRACE_LOST;
    if (e->kind == TRACE_LOST) {
        e->slot[0] = random_below(&seed, 1000);
        return;
    }
    e->reason = (uint32_t)random_below(&seed, 80);
    e->slot[0] = e->reason;
    e->rip = random_wild(&seed);
    e->qualification = random_wild(&seed);
    if (e->kind == TRACE_EXIT_ENTRY)
        e->entry_tsc = e->exit_tsc + random_below(&seed, 100000);
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (random_below(&seed, 2)) {
            e->written |= (uint8_t)(1 << i);
            e->slot[i] = random_wild(&seed);
        }
}

/* The next element of this vCPU. */
static void check(void *context, const struct trace_element *e)
{
    unsigned *at = &next[e->vcpu / 7];

    (void)context;
    while (*at < ELEMENTS && element[*at].vcpu != e->vcpu)
        ++*at;
    read_back++;
    if (*at == ELEMENTS || memcmp(&element[*at], e, sizeof(*e)) != 0)
        wrong++;
    ++*at;
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    (void)context, (void)payload, (void)n;
    start_read = *start;
}

static void take_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    (void)context, (void)payload, (void)n;
    end_read = *end;
}

static void take_statistics(void *context, uint16_t vcpu, const struct statistics *row)
{
    (void)context, (void)vcpu, (void)row;
    statistics++;
}

static void take_note(void *context, const char *note)
{
    (void)context;
    printf("# %s\n", note);
    notes++;
}

static void take_run(void *context, const struct log_run *run)
{
    (void)context;
    complete += log_run_complete(run);
}

static bool write_log(void)
{
    struct trace_start start = { .version = "1.2.3", .tsc_hz = 77, .vcpus = 29, .options = "o" };
    struct log_writer writer;

    length = 0;
    log_writer_begin(&writer, take_bytes, NULL, &start);
    for (unsigned i = 0; i < ELEMENTS; i++)
        log_writer_add(&writer, &element[i]);
    return log_writer_end(&writer, 1, "the reason");
}

int main(void)
{
    struct log_reader *reader = log_reader_new(&(struct log_events){
        .element = check,
        .start = take_start,
        .end = take_end,
        .statistics = take_statistics,
        .note = take_note,
        .run_end = take_run,
    });

    for (unsigned i = 0; i < ELEMENTS; i++)
        make(&element[i]);
    ok(write_log(), "a log is written");
    log_reader_feed(reader, written, length);
    log_reader_finish(reader);
    log_reader_free(reader);
    is(read_back, ELEMENTS, "as many elements are read");
    is(wrong, 0, "the same, in the order of each vCPU");
    is(notes, 0, "nothing is missing or odd");
    is(complete, 1, "the log is complete");
    is(statistics, VCPUS, "statistics of each vCPU");
    is(start_read.tsc_hz, 77, "the START record");
    ok(end_read.status == 1 && strcmp(end_read.reason, "the reason") == 0, "the END record");
    limit = 100000;
    ok(!write_log(), "a write that fails is told");
    ok(length <= limit, "and nothing is written after it");
    return tap_done();
}
