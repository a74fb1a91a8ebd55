/* sources: trace reader */
/* SPDX-License-Identifier: MIT */
/* The log reader: whatever happens to a log costs the damaged frames only, and is told exactly. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/synthetic.h"
#include "tests/unit/tap.h"
#include "trace/host/log/log_reader.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum { FRAMES_MAX = 32, LOG_MAX = 1 << 16, ELEMENTS = 300, FRAME_SIZE = 300 };

/* A log, and where its frames (or lines of records) are. */
struct log {
    uint8_t bytes[LOG_MAX];
    size_t length;
    unsigned frames;
    struct {
        size_t begin, end;
        enum wire_kind kind;
        uint64_t records;
    } frame[FRAMES_MAX];
    uint64_t records;
};

/* What the reader told of a log. */
struct told {
    struct log_run run; /* of the last run */
    unsigned runs, elements, orphans, texts, notes, starts, statistics, ends;
    uint64_t gap, missing; /* records missing: told before elements, and of each vCPU at the end */
    uint64_t hash;         /* of all elements, in their order */
    uint64_t text_hash;
    char last_note[512], first_note[512];
};

static struct log clean, changed, lines;
static uint64_t seed = 7;

/* Making logs */

static void add(struct log *log, const void *bytes, size_t n)
{
    if (n)
        memcpy(log->bytes + log->length, bytes, n);
    log->length += n;
}

static void add_text(struct log *log, const char *text)
{
    add(log, text, strlen(text));
}

static void note_frame(struct log *log, size_t begin, enum wire_kind kind, uint64_t records)
{
    log->frame[log->frames].begin = begin;
    log->frame[log->frames].end = log->length;
    log->frame[log->frames].kind = kind;
    log->frame[log->frames].records = records;
    log->frames++;
    log->records += records;
}

static void add_blob(struct log *log, enum wire_kind kind, const void *payload, size_t n)
{
    size_t begin = log->length;

    log->length += wire_blob(log->bytes + begin, LOG_MAX - begin, kind, log->frames, payload, n);
    note_frame(log, begin, kind, 0);
}

static struct synthetic synthetic[2];
static struct statistics statistics[2];
static uint64_t records[2];

static void next_element(unsigned vcpu, struct trace_element *e)
{
    synthetic_next(&synthetic[vcpu], e);
    e->vcpu = (uint16_t)vcpu;
    statistics_add(&statistics[vcpu], e->reason, e->entry_tsc - e->exit_tsc);
}

static void add_elements(struct log *log, unsigned vcpu, unsigned count)
{
    static struct wire_encoder encoder;
    size_t begin = log->length;
    struct trace_element e;

    wire_begin(&encoder, log->bytes + begin, LOG_MAX - begin, log->frames, (uint16_t)vcpu,
               records[vcpu]);
    for (unsigned i = 0; i < count; i++) {
        next_element(vcpu, &e);
        wire_add(&encoder, &e);
    }
    log->length += wire_finish(&encoder);
    records[vcpu] += 2 * count;
    note_frame(log, begin, WIRE_TRACE, 2 * count);
}

static size_t start_payload(char *payload)
{
    struct trace_start start = { .version = "test", .tsc_hz = 1000, .vcpus = 2, .options = "a=b" };

    return start_encode(payload, START_PAYLOAD_MAX, &start);
}

static size_t end_payload(char *payload)
{
    static struct trace_end end = { .reason = "done", .vcpus = 2 };

    end.vcpu[0].generated = records[0];
    end.vcpu[1].generated = records[1];
    return end_encode(payload, END_PAYLOAD_MAX, &end);
}

static void begin_log(struct log *log)
{
    log->length = log->frames = 0;
    log->records = 0;
    for (unsigned i = 0; i < 2; i++) {
        synthetic[i] = (struct synthetic){ .random = i + 1, .tsc = 1000, .jitter = 50 };
        statistics_clear(&statistics[i]);
        records[i] = 0;
    }
}

static void make_frames(struct log *log)
{
    static char payload[START_PAYLOAD_MAX];
    static uint8_t encoded[STATISTICS_PAYLOAD_MAX];

    begin_log(log);
    add_text(log, "the first line of the text\r\n");
    add_blob(log, WIRE_START, payload, start_payload(payload));
    for (unsigned i = 0; i < 6; i++) {
        add_elements(log, i % 2, 20 + i);
        add_text(log, i % 3 ? "" : "a line of the guest's\r\n");
    }
    for (unsigned i = 0; i < 2; i++)
        add_blob(log, WIRE_STATISTICS, encoded,
                 statistics_encode(encoded, sizeof(encoded), (uint16_t)i, &statistics[i]));
    add_blob(log, WIRE_END, payload, end_payload(payload));
    add_text(log, "the last line of the text\r\n");
}

static uint8_t line_number;

static void add_lines(struct log *log, const char *word, const char *text)
{
    char line[2048], wrapped[2048 + TEXT_WIRE_OVERHEAD];

    for (; *text; text += strcspn(text, "\n") + 1) {
        int n = snprintf(line, sizeof(line), "%s%.*s", word, (int)strcspn(text, "\n"), text);

        add(log, wrapped, text_wire_line(wrapped, sizeof(wrapped), &line_number, line, (size_t)n));
    }
}

static void make_lines(struct log *log)
{
    static char payload[START_PAYLOAD_MAX], text[TEXT_STATISTICS_MAX];
    struct trace_element e;

    begin_log(log);
    line_number = 0;
    add_text(log, "the first line of the text\r\n");
    start_payload(payload);
    add_lines(log, "start ", payload);
    for (unsigned i = 0; i < 30; i++) {
        next_element(i % 2, &e);
        text_element(text, sizeof(text), &e, 0);
        add_lines(log, "", text);
        records[i % 2] += 2;
        add_text(log, i % 10 ? "" : "a line of the guest's\r\n");
    }
    for (unsigned i = 0; i < 2; i++) {
        text_statistics(text, sizeof(text), (uint16_t)i, &statistics[i]);
        add_lines(log, "", text);
    }
    end_payload(payload);
    add_lines(log, "end ", payload);
    add_text(log, "the last line of the text\r\n");
    log->records = records[0] + records[1];
}

/* Reading them */

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
    for (const uint8_t *p = bytes; n--; p++)
        hash = (hash ^ *p) * 0x100000001b3;
    return hash;
}

static void on_element(void *context, const struct trace_element *element)
{
    struct told *told = context;

    told->elements++;
    told->hash = mix(told->hash, element, sizeof(*element));
}

static void on_orphan(void *context, const char *line, size_t n)
{
    struct told *told = context;

    told->orphans++;
    told->text_hash = mix(told->text_hash, line, n);
}

static void on_text(void *context, const char *line, size_t n)
{
    struct told *told = context;

    told->texts++;
    told->text_hash = mix(told->text_hash, line, n);
}

static void on_start(void *context, const struct trace_start *start, const char *payload, size_t n)
{
    struct told *told = context;

    (void)start;
    told->starts++;
    told->text_hash = mix(told->text_hash, payload, n);
}

static void on_statistics(void *context, uint16_t vcpu, const struct statistics *sent)
{
    struct told *told = context;

    (void)vcpu;
    told->statistics++;
    told->text_hash = mix(told->text_hash, sent, sizeof(*sent));
}

static void on_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    struct told *told = context;

    (void)end;
    told->ends++;
    told->text_hash = mix(told->text_hash, payload, n);
}

static void on_note(void *context, const char *note)
{
    struct told *told = context;

    if (!told->notes++)
        snprintf(told->first_note, sizeof(told->first_note), "%s", note);
    snprintf(told->last_note, sizeof(told->last_note), "%s", note);
}

static void on_run_end(void *context, const struct log_run *run)
{
    struct told *told = context;

    told->runs++;
    told->run = *run;
    told->missing = 0;
    for (unsigned i = 0; i < run->vcpus; i++)
        told->missing += run->vcpu[i].missing;
}

static void on_gap(void *context, uint16_t vcpu, uint64_t missing)
{
    struct told *told = context;

    (void)vcpu;
    told->gap += missing;
}

/* Reads a log in pieces of this many bytes. */
static struct told read_pieces(const uint8_t *bytes, size_t n, size_t piece)
{
    struct told told = { 0 };
    struct log_reader *reader =
        log_reader_new(&(struct log_events){ &told, on_element, on_orphan, on_text, on_start,
                                             on_statistics, on_end, on_note, on_run_end, on_gap });

    for (size_t at = 0; at < n; at += piece)
        log_reader_feed(reader, bytes + at, n - at < piece ? n - at : piece);
    log_reader_finish(reader);
    log_reader_free(reader);
    return told;
}

static struct told read_log(const struct log *log)
{
    return read_pieces(log->bytes, log->length, LOG_MAX);
}

/* Replaces bytes from begin to end by n others. */
static void splice(const struct log *from, size_t begin, size_t end, const void *bytes, size_t n)
{
    changed.length = 0;
    add(&changed, from->bytes, begin);
    add(&changed, bytes, n);
    add(&changed, from->bytes + end, from->length - end);
}

/*
 * What was read, what is missing and what was lost add up to what the END record says; to less only
 * where a line of that record may be among the missing ones.
 */
static bool adds_up(const struct told *told, const struct log *log)
{
    uint64_t sum = told->run.records + told->run.missing_records;

    return !told->run.has_end || told->run.disagrees || sum == log->records ||
           (told->run.lines && told->run.missing_frames && sum < log->records);
}

/* Tests */

static void test_clean(const struct log *log, const char *name)
{
    struct told whole = read_log(log);
    bool same = true;

    ok(log_run_complete(&whole.run), "%s: complete", name);
    is(whole.run.records, log->records, "%s: all records", name);
    is(whole.notes, 0, "%s: nothing to note", name);
    is(whole.starts + whole.statistics + whole.ends, 4, "%s: START, STATISTICS, END", name);
    ok(whole.texts >= 4, "%s: text", name);
    for (size_t piece = 1; piece < 40; piece++) {
        struct told told = read_pieces(log->bytes, log->length, piece);

        same = same && told.hash == whole.hash && told.text_hash == whole.text_hash &&
               log_run_complete(&told.run);
    }
    ok(same, "%s: the same in pieces of any size", name);
}

static void test_truncated(const struct log *log, const char *name)
{
    bool honest = true, whole_frames = true;

    for (size_t n = 0; n < log->length; n++) {
        struct told told = read_pieces(log->bytes, n, LOG_MAX);
        bool has_end = n >= log->frame[log->frames - 1].end;
        uint64_t expected = 0;

        for (unsigned i = 0; i < log->frames; i++)
            expected += log->frame[i].end <= n ? log->frame[i].records : 0;
        whole_frames = whole_frames && told.run.records == expected;
        honest = honest && log_run_complete(&told.run) == has_end && adds_up(&told, log);
    }
    ok(whole_frames, "%s: cut at any byte, each whole frame is read", name);
    ok(honest, "%s: cut at any byte, it is complete only with its END record", name);
}

static void test_flipped(const struct log *log, const char *name)
{
    bool honest = true, exact = true;

    for (size_t at = 0; at < log->length; at++) {
        uint8_t byte = log->bytes[at] ^ (uint8_t)(1u << random_below(&seed, 8));
        unsigned frame = 0;

        splice(log, at, at + 1, &byte, 1);

        struct told told = read_log(&changed);

        while (frame < log->frames && log->frame[frame].end <= at)
            frame++;
        bool inside = frame < log->frames && log->frame[frame].begin <= at;
        uint64_t hit = inside ? log->frame[frame].records : 0;

        honest = honest && told.run.records == log->records - hit && adds_up(&told, log) &&
                 !(inside && log_run_complete(&told.run));
        if (inside && log->frame[frame].kind != WIRE_END && told.run.missing_frames != 1)
            exact = false;
        if (inside && log->frame[frame].kind == WIRE_TRACE && told.run.missing_records != hit)
            exact = false;
    }
    ok(honest, "%s: a changed bit costs its frame and no more", name);
    ok(exact, "%s: a changed bit: the frame and its records are missed exactly", name);
}

static void test_frames(void)
{
    bool dropped = true, twice = true, swapped = true;

    for (unsigned i = 0; i < clean.frames; i++) {
        size_t begin = clean.frame[i].begin, end = clean.frame[i].end;
        bool is_end = clean.frame[i].kind == WIRE_END;

        splice(&clean, begin, end, NULL, 0);
        struct told told = read_log(&changed);
        dropped = dropped && told.run.missing_frames == !is_end &&
                  told.run.missing_records == clean.frame[i].records &&
                  told.missing == clean.frame[i].records && told.run.has_end == !is_end &&
                  !log_run_complete(&told.run);

        splice(&clean, end, end, clean.bytes + begin, end - begin);
        told = read_log(&changed);
        twice = twice && told.run.twice == 1 && log_run_complete(&told.run) &&
                told.run.records == clean.records;
    }
    for (unsigned i = 1; i + 1 < clean.frames; i++) {
        size_t begin = clean.frame[i].begin, middle = clean.frame[i].end,
               end = clean.frame[i + 1].end;

        splice(&clean, begin, middle, NULL, 0);
        memmove(changed.bytes + end, changed.bytes + end - (middle - begin), clean.length - end);
        memcpy(changed.bytes + end - (middle - begin), clean.bytes + begin, middle - begin);
        changed.length = clean.length;

        struct told told = read_log(&changed);

        swapped = swapped && told.run.late == 1 && told.run.records == clean.records &&
                  log_run_complete(&told.run);
    }
    ok(dropped, "a frame left out is missed, with its records");
    ok(twice, "a frame that comes twice counts once");
    ok(swapped, "two frames in the wrong order are both read");
}

static void test_notes(void)
{
    splice(&clean, clean.frame[3].begin, clean.frame[4].end, NULL, 0);

    struct told told = read_log(&changed);

    ok(strcmp(told.first_note, "missing: frames 3 to 4 (2)") == 0, "names the missing frames");
    ok(strcmp(told.last_note, "missing: vcpu1 records 42 to 87 (46)") == 0 ||
           strcmp(told.last_note, "missing: vcpu0 records 40 to 83 (44)") == 0,
       "names the missing records: %s", told.last_note);
    is(told.gap, told.run.missing_records, "tells of them where they are missing");
    told = read_pieces(clean.bytes, clean.frame[2].end, LOG_MAX);
    ok(strstr(told.last_note, "missing: the END record") != NULL, "names the missing END record");
    splice(&clean, 0, clean.frame[0].end, NULL, 0);
    told = read_log(&changed);
    ok(strstr(told.last_note, "missing: the START record") != NULL,
       "names the missing START record");
    uint8_t zero = 0;
    splice(&clean, clean.frame[2].end - 1, clean.frame[2].end, &zero, 1);
    told = read_log(&changed);
    char expected[80];
    snprintf(expected, sizeof(expected), "damaged: %zu bytes at offset %zu",
             clean.frame[2].end - clean.frame[2].begin, clean.frame[2].begin);
    ok(strcmp(told.first_note, expected) == 0, "names the damaged bytes: %s", told.first_note);
}

static void random_bytes(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)random_next(&seed);
    if (n > 4 && random_below(&seed, 2)) {
        bytes[0] = WIRE_SYNC_0;
        bytes[1] = WIRE_SYNC_1;
    }
}

static void test_garbage(void)
{
    uint8_t garbage[600];
    bool kept = true;

    for (unsigned i = 0; i < clean.frames; i++)
        for (unsigned round = 0; round < 40; round++) {
            size_t n = 1 + random_below(&seed, sizeof(garbage));

            random_bytes(garbage, n);
            splice(&clean, clean.frame[i].begin, clean.frame[i].begin, garbage, n);

            struct told told = read_log(&changed);

            kept = kept && told.run.records == clean.records && !told.run.missing_frames &&
                   told.run.has_end && adds_up(&told, &clean);
        }
    ok(kept, "garbage between frames costs no frame");
    random_bytes(changed.bytes, LOG_MAX);
    changed.length = LOG_MAX;

    struct told told = read_log(&changed);

    is(told.run.frames, 0, "no frame is found in random bytes");
    ok(!log_run_complete(&told.run), "random bytes are no complete log");
}

/* Bytes that the line swallowed: one to forty, anywhere. */
static void test_swallowed(void)
{
    bool honest = true;

    for (size_t at = 0; at + 40 < clean.length; at += 1 + random_below(&seed, 5)) {
        size_t n = 1 + random_below(&seed, 40);
        uint64_t hit = 0;

        for (unsigned i = 0; i < clean.frames; i++)
            if (clean.frame[i].begin < at + n && clean.frame[i].end > at)
                hit += clean.frame[i].records;
        splice(&clean, at, at + n, NULL, 0);

        struct told told = read_log(&changed);

        honest = honest && told.run.records == clean.records - hit && adds_up(&told, &clean);
    }
    ok(honest, "swallowed bytes cost the frames that they were of");
}

static void test_runs(void)
{
    changed.length = 0;
    add(&changed, clean.bytes, clean.frame[4].end);
    add(&changed, clean.bytes, clean.length);

    struct told told = read_log(&changed);

    is(told.runs, 2, "a second START record begins another run");
    ok(log_run_complete(&told.run), "the second run is complete, the first one is not");
    changed.length = clean.frame[4].end;
    add(&changed, clean.bytes + clean.frame[1].begin, clean.length - clean.frame[1].begin);
    told = read_log(&changed);
    is(told.runs, 1, "the same bytes again without their START record are frames that come twice");

    static struct log other;

    begin_log(&other);
    synthetic[0].tsc = 77;
    add_blob(&other, WIRE_START, "version=x\n", 10);
    add_elements(&other, 0, 9);
    changed.length = 0;
    add(&changed, clean.bytes, clean.frame[4].end);
    add(&changed, other.bytes + other.frame[1].begin, other.length - other.frame[1].begin);
    told = read_log(&changed);
    is(told.runs, 2, "an old number on a new frame begins another run");
    is(told.run.records, 18, "whose records are read");
    is(told.run.missing_frames, 1, "and whose START frame is missing");
}

static void test_lines(void)
{
    bool honest = true, noticed = true;
    unsigned most = 0;

    for (size_t at = 0; at < lines.length; at++) {
        uint8_t byte = lines.bytes[at] ^ (uint8_t)(1u << random_below(&seed, 8));
        const uint8_t *before = memchr(lines.bytes + at, '\n', lines.length - at);

        splice(&lines, at, at + 1, &byte, 1);

        struct told told = read_log(&changed);
        uint64_t lost = lines.records - told.run.records;
        bool wrapped = before && before - lines.bytes > 9 && before[-8] == '~' &&
                       lines.bytes[at] != '\r' && lines.bytes[at] != '\n';

        most = lost > most ? (unsigned)lost : most;
        honest = honest && told.run.records <= lines.records && adds_up(&told, &lines);
        noticed = noticed && !(wrapped && log_run_complete(&told.run));
    }
    ok(honest, "lines: a changed bit: what is read and what is missing add up");
    ok(noticed, "lines: a changed bit in a record line is noticed");
    ok(most <= 2, "lines: a changed bit costs two records at most (%u)", most);
}

static void test_fuzz(const struct log *log, const char *name)
{
    bool honest = true;

    for (unsigned round = 0; round < 3000; round++) {
        uint8_t noise[64];

        splice(log, 0, 0, NULL, 0);
        for (unsigned hits = 1 + (unsigned)random_below(&seed, 6); hits; hits--) {
            static struct log copy;
            size_t n = random_below(&seed, sizeof(noise)), cut = random_below(&seed, 100);
            size_t at = random_below(&seed, changed.length - cut);

            memcpy(&copy, &changed, sizeof(copy));
            random_bytes(noise, n);
            splice(&copy, at, at + cut, noise, n);
        }

        struct told told =
            read_pieces(changed.bytes, changed.length, 1 + random_below(&seed, 3000));

        honest = honest && adds_up(&told, log) && told.run.records <= log->records;
    }
    ok(honest, "%s: damaged at random, the account adds up", name);
}

/* Wild payloads in good frames: a reader must not trust what a checksum covers. */
static void test_wild_payloads(void)
{
    uint8_t payload[300];

    for (unsigned round = 0; round < 3000; round++) {
        changed.length = changed.frames = 0;
        for (unsigned i = 0; i < 4; i++) {
            size_t n = random_below(&seed, sizeof(payload));

            random_bytes(payload, n);
            add_blob(&changed, (enum wire_kind)(1 + random_below(&seed, WIRE_KINDS)), payload, n);
        }
        read_log(&changed);
    }
    ok(true, "wild payloads are survived");
}

int main(void)
{
    make_frames(&clean);
    make_lines(&lines);
    test_clean(&clean, "frames");
    test_clean(&lines, "lines");
    test_truncated(&clean, "frames");
    test_flipped(&clean, "frames");
    test_frames();
    test_notes();
    test_garbage();
    test_swallowed();
    test_runs();
    test_lines();
    test_fuzz(&clean, "frames");
    test_fuzz(&lines, "lines");
    test_wild_payloads();
    return tap_done();
}
