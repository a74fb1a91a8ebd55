/* SPDX-License-Identifier: MIT */
/* vexit record: saves a live line to a file. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_follow.h"
#include "trace/host/log/recording.h"
#include "trace/host/record/options.h"
#include "trace/host/record/tally.h"
#include "trace/host/show/status_line.h"

enum {
    READ_SIZE = 64 * 1024,
    TICK_MS = 250,  /* how often the clocks are looked at */
    SHOW_MS = 1000, /* between two updates of the line on a terminal */
};

struct record {
    struct record_options options;
    bool headed; /* the line that says where the bytes come from is written */
    struct log_follow follow;
    struct log_reader *reader;
    struct tally past; /* runs that are over */
    struct recording recording;
    unsigned breaks;
    int64_t heard_ms;    /* when the last byte came */
    int64_t reported_ms; /* when the last line was printed */
    uint64_t reported;   /* the bytes that it told of */
};

static void take_run(void *context, const struct log_run *run)
{
    tally_add(&((struct record *)context)->past, run);
}

/* "1204 good frames, 1 missing, 2 damaged; 52301 records, 120877 bytes" */
static const char *progress_words(const struct record *record)
{
    static char words[TALLY_WORDS + 40];
    char frames[TALLY_WORDS];
    struct tally all = record->past;

    tally_add(&all, &record->reader->run);
    tally_words(frames, &all);
    snprintf(words, sizeof(words), "%s, %" PRIu64 " bytes", frames, record->recording.bytes);
    return words;
}

/* On a terminal a line that is kept up to date; elsewhere a line now and then. */
static void report(struct record *record, int64_t now)
{
    bool terminal = status_line_possible();
    int64_t pause = terminal ? SHOW_MS : (int64_t)record->options.every * 1000;

    if (!record->options.every || now - record->reported_ms < pause ||
        (record->recording.bytes == record->reported && !terminal))
        return;
    record->reported_ms = now;
    record->reported = record->recording.bytes;
    if (!terminal)
        log_complain(record->recording.name, "%s", progress_words(record));
    else if (record->follow.connected)
        status_line_show("%s: %s", record->recording.name, progress_words(record));
    else
        status_line_show("%s: %s; waiting for %s, %" PRId64 " s", record->recording.name,
                         progress_words(record), record->follow.input.name,
                         (now - record->follow.since_ms) / 1000);
}

/* Where the bytes come from is written before the first of them. */
static bool save(struct record *record, const void *bytes, size_t n)
{
    char from[800], settings[64] = "";

    if (!record->headed && !record->options.raw) {
        record->headed = true;
        if (record->follow.input.port)
            snprintf(settings, sizeof(settings), ", %lu baud 8N1", record->options.log.baud);
        snprintf(from, sizeof(from), "%s%s", record->follow.input.name, settings);
        if (!recording_head(&record->recording, from))
            return false;
    }
    return recording_write(&record->recording, bytes, n);
}

static void tell_broken(struct record *record)
{
    record->breaks++;
    log_complain(record->follow.input.name, "%s; waiting for it to come back",
                 log_follow_why(&record->follow));
}

/* How it ends, which with a file is not where the file ends. */
static const char *ending_words(const struct record *record)
{
    if (!log_follow_grows(&record->follow))
        return "Ctrl-C ends it";
    return record->options.until_end
               ? "the file is followed as it grows, until Ctrl-C or the END record"
               : "the file is followed as it grows, until Ctrl-C (--until-end: or the END record)";
}

static void tell_back(const struct record *record, int64_t now)
{
    double seconds = (double)(now - record->follow.since_ms) / 1000;

    if (record->breaks)
        log_complain(record->follow.input.name, "back after %.1f s", seconds);
    else
        log_complain(record->follow.input.name, "there after %.1f s; %s", seconds,
                     ending_words(record));
}

/* With --until-end: the END record has come, and since then nothing, or the line is gone. */
static bool is_over(const struct record *record, int64_t now)
{
    return record->options.until_end && log_reader_ended(record->reader) &&
           (!record->follow.connected || now - record->heard_ms >= LOG_QUIET_MS);
}

/* Until the user or the VMM ends it. False with errno set where the file cannot be written. */
static bool record_all(struct record *record)
{
    static char bytes[READ_SIZE];
    enum follow_event event = FOLLOW_NOTHING;
    int64_t now = log_follow_ms();

    while (event != FOLLOW_OVER && !log_input_interrupted() && !is_over(record, now)) {
        size_t n = sizeof(bytes);

        event = log_follow_next(&record->follow, bytes, &n, TICK_MS);
        now = log_follow_ms();
        if (event == FOLLOW_BYTES) {
            record->heard_ms = now;
            if (!save(record, bytes, n))
                return false;
            log_reader_feed(record->reader, bytes, n);
        } else if (event == FOLLOW_BROKEN && !is_over(record, now)) {
            tell_broken(record);
        } else if (event == FOLLOW_BACK) {
            tell_back(record, now);
        } else if (!recording_write(&record->recording, bytes, 0)) {
            return false;
        }
        report(record, now);
    }
    return true;
}

/* Opens both ends. False after an error was told; *status says which end it was. */
static bool begin(struct record *record, int *status)
{
    const struct record_options *options = &record->options;
    char why[MEMORY_WHY];

    *status = STATUS_UNREADABLE;
    if (!log_follow_open(&record->follow, &options->log, options->wait, why)) {
        log_complain(record->follow.input.name, "%s%s", why,
                     record->follow.error == ENOENT ? "; --wait waits for it" : "");
        return false;
    }
    *status = STATUS_OUTPUT;
    if (log_input_is_file(record->follow.path, options->path)) {
        log_complain(options->path, "is what is to be recorded");
        return false;
    }
    if (!recording_open(&record->recording, options->path, options->way)) {
        log_complain(options->path, "%s%s", strerror(errno),
                     errno == EEXIST ? "; --force overwrites it, --append adds to it" : "");
        return false;
    }
    if (isatty(record->recording.fd)) {
        log_complain(record->recording.name, "is a terminal, and a log is no text; give a file");
        return false;
    }
    return true;
}

static int status_of(const struct record *record)
{
    if (record->reader->out_of_memory)
        log_complain(record->recording.name, "%s", strerror(ENOMEM));
    if (!record->past.good)
        return STATUS_UNREADABLE;
    return record->reader->incomplete_runs || record->reader->out_of_memory ? STATUS_INCOMPLETE
                                                                            : STATUS_COMPLETE;
}

static int run(struct record *record)
{
    int status;

    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of writing */
    if (!begin(record, &status))
        return status;
    log_complain(record->follow.input.name, "%s to %s; %s",
                 record->follow.connected ? "recording" : "waiting for it, to record it",
                 record->recording.name, ending_words(record));
    record->reported_ms = log_follow_ms();

    bool written = record_all(record);
    int error = errno;

    if (!recording_close(&record->recording) && written) {
        written = false;
        error = errno;
    }
    log_reader_finish(record->reader);
    log_complain(record->recording.name, "%s, %u break%s of the line", progress_words(record),
                 record->breaks, record->breaks == 1 ? "" : "s");
    if (!written) {
        log_complain(record->recording.name, "%s", strerror(error));
        return STATUS_OUTPUT;
    }
    return status_of(record);
}

int record_command(int argc, char **argv)
{
    struct record *record = calloc(1, sizeof(*record));
    struct log_reader *reader =
        record ? log_reader_new(&(struct log_events){ .context = record, .run_end = take_run })
               : NULL;
    int status = STATUS_UNREADABLE;

    if (reader) {
        record->reader = reader;
        record_parse(&record->options, argc, argv);
        status = run(record);
        log_follow_close(&record->follow);
    } else {
        perror("vexit");
    }
    log_reader_free(reader);
    free(record);
    return status;
}
