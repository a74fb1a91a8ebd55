/* sources: trace reader */
/* SPDX-License-Identifier: MIT */
/* The log reader: whatever happens to a log costs the damaged frames only, and is told exactly. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/sample_log.h"
#include "tests/unit/tap.h"
#include "tests/unit/told.h"

static struct sample_log clean, changed, lines;
static uint64_t seed = 7;

static struct told read_log(const struct sample_log *log)
{
    return told_in_pieces(log->bytes, log->length, SAMPLE_BYTES);
}

/* Replaces bytes from begin to end by n others. */
static void splice(const struct sample_log *from, size_t begin, size_t end, const void *bytes,
                   size_t n)
{
    changed.length = 0;
    sample_add(&changed, from->bytes, begin);
    sample_add(&changed, bytes, n);
    sample_add(&changed, from->bytes + end, from->length - end);
}

/*
 * What was read, what is missing and what was lost add up to what the END record says; to less only
 * where a line of that record may be among the missing ones.
 */
static bool adds_up(const struct told *told, const struct sample_log *log)
{
    uint64_t sum = told->run.records + told->run.missing_records;

    return !told->run.has_end || told->run.disagrees || sum == log->records ||
           (told->run.lines && told->run.missing_frames && sum < log->records);
}

/* Tests */

static void test_clean(const struct sample_log *log, const char *name)
{
    struct told whole = read_log(log);
    bool same = true;

    ok(log_run_complete(&whole.run), "%s: complete", name);
    is(whole.run.records, log->records, "%s: all records", name);
    is(whole.notes, 0, "%s: nothing to note", name);
    is(whole.starts + whole.statistics + whole.ends, 4, "%s: START, STATISTICS, END", name);
    ok(whole.texts >= 4, "%s: text", name);
    for (size_t piece = 1; piece < 40; piece++) {
        struct told told = told_in_pieces(log->bytes, log->length, piece);

        same = same && told.hash == whole.hash && told.text_hash == whole.text_hash &&
               log_run_complete(&told.run);
    }
    ok(same, "%s: the same in pieces of any size", name);
}

static void test_truncated(const struct sample_log *log, const char *name)
{
    bool honest = true, whole_frames = true;

    for (size_t n = 0; n < log->length; n++) {
        struct told told = told_in_pieces(log->bytes, n, SAMPLE_BYTES);
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

static void test_flipped(const struct sample_log *log, const char *name)
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
    told = told_in_pieces(clean.bytes, clean.frame[2].end, SAMPLE_BYTES);
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
    random_bytes(changed.bytes, SAMPLE_BYTES);
    changed.length = SAMPLE_BYTES;

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
    sample_add(&changed, clean.bytes, clean.frame[4].end);
    sample_add(&changed, clean.bytes, clean.length);

    struct told told = read_log(&changed);

    is(told.runs, 2, "a second START record begins another run");
    ok(log_run_complete(&told.run), "the second run is complete, the first one is not");
    changed.length = clean.frame[4].end;
    sample_add(&changed, clean.bytes + clean.frame[1].begin, clean.length - clean.frame[1].begin);
    told = read_log(&changed);
    is(told.runs, 1, "the same bytes again without their START record are frames that come twice");

    static struct sample_log other;

    sample_begin(&other);
    sample_source[0].tsc = 77;
    sample_add_blob(&other, WIRE_START, "version=x\n", 10);
    sample_add_elements(&other, 0, 9);
    changed.length = 0;
    sample_add(&changed, clean.bytes, clean.frame[4].end);
    sample_add(&changed, other.bytes + other.frame[1].begin, other.length - other.frame[1].begin);
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

static void test_fuzz(const struct sample_log *log, const char *name)
{
    bool honest = true;

    for (unsigned round = 0; round < 3000; round++) {
        uint8_t noise[64];

        splice(log, 0, 0, NULL, 0);
        for (unsigned hits = 1 + (unsigned)random_below(&seed, 6); hits; hits--) {
            static struct sample_log copy;
            size_t n = random_below(&seed, sizeof(noise)), cut = random_below(&seed, 100);
            size_t at = random_below(&seed, changed.length - cut);

            memcpy(&copy, &changed, sizeof(copy));
            random_bytes(noise, n);
            splice(&copy, at, at + cut, noise, n);
        }

        struct told told =
            told_in_pieces(changed.bytes, changed.length, 1 + random_below(&seed, 3000));

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
            sample_add_blob(&changed, (enum wire_kind)(1 + random_below(&seed, WIRE_KINDS)),
                            payload, n);
        }
        read_log(&changed);
    }
    ok(true, "wild payloads are survived");
}

int main(void)
{
    sample_frames(&clean);
    sample_lines(&lines);
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
