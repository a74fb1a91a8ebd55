/* SPDX-License-Identifier: MIT */
/* vexit record: saves a live line to a file. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_follow.h"
#include "trace/host/log/recording.h"
#include "trace/host/show/status_line.h"

enum {
    READ_SIZE = 64 * 1024,
    TICK_MS = 250,       /* how often the clocks are looked at */
    SHOW_MS = 1000,      /* between two updates of the line on a terminal */
    REPORT_SECONDS = 10, /* between two lines where there is no terminal */
};

/* Of all runs that came. */
struct tally {
    uint64_t good;    /* frames, or record lines */
    uint64_t missing; /* frames */
    uint64_t damaged; /* places in which something that was no frame stood */
    uint64_t records;
    bool lines; /* what is counted are record lines */
};

struct record {
    struct log_options log;
    const char *path;
    enum recording_way way;
    bool until_end, wait;
    bool headed;    /* the line that says where the bytes come from is written, or not wanted */
    unsigned every; /* seconds */
    struct log_follow follow;
    struct log_reader *reader;
    struct tally past; /* runs that are over */
    struct recording recording;
    unsigned breaks;
    int64_t heard_ms;    /* when the last byte came */
    int64_t reported_ms; /* when the last line was printed */
    uint64_t reported;   /* the bytes that it told of */
};

static void add_run(struct tally *tally, const struct log_run *run)
{
    tally->good += run->frames;
    tally->missing += run->missing_frames;
    tally->damaged += run->damaged_places + run->broken;
    tally->records += run->records;
    tally->lines |= run->lines;
}

static void take_run(void *context, const struct log_run *run)
{
    add_run(&((struct record *)context)->past, run);
}

/* "1204 good frames, 1 missing, 2 damaged; 52301 records, 120877 bytes" */
static const char *progress_words(const struct record *record)
{
    static char words[200];
    struct tally all = record->past;

    add_run(&all, &record->reader->run);
    snprintf(words, sizeof(words),
             "%" PRIu64 " good %s%s, %" PRIu64 " missing, %" PRIu64 " damaged; %" PRIu64
             " records, %" PRIu64 " bytes",
             all.good, all.lines ? "record line" : "frame", all.good == 1 ? "" : "s", all.missing,
             all.damaged, all.records, record->recording.bytes);
    return words;
}

/* On a terminal a line that is kept up to date; elsewhere a line now and then. */
static void report(struct record *record, int64_t now)
{
    bool terminal = status_line_possible();
    int64_t pause = terminal ? SHOW_MS : (int64_t)record->every * 1000;

    if (!record->every || now - record->reported_ms < pause ||
        (record->recording.bytes == record->reported && !terminal))
        return;
    record->reported_ms = now;
    record->reported = record->recording.bytes;
    if (!terminal)
        fprintf(stderr, "vexit: %s: %s\n", record->path, progress_words(record));
    else if (record->follow.connected)
        status_line_show("%s: %s", record->path, progress_words(record));
    else
        status_line_show("%s: %s; waiting for %s, %" PRId64 " s", record->path,
                         progress_words(record), record->log.path,
                         (now - record->follow.since_ms) / 1000);
}

/* Where the bytes come from is written before the first of them. */
static bool save(struct record *record, const void *bytes, size_t n)
{
    char from[800], settings[64] = "";

    if (!record->headed) {
        record->headed = true;
        if (record->follow.input.port)
            snprintf(settings, sizeof(settings), ", %lu baud 8N1", record->log.baud);
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

static void tell_back(const struct record *record, int64_t now)
{
    log_complain(record->follow.input.name,
                 record->breaks ? "back after %.1f s" : "there after %.1f s",
                 (double)(now - record->follow.since_ms) / 1000);
}

/* With --until-end: the END record has come, and since then nothing, or the line is gone. */
static bool is_over(const struct record *record, int64_t now)
{
    return record->until_end && log_reader_ended(record->reader) &&
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

/* Options */

enum { OPTION_RAW = 256, OPTION_UNTIL_END, OPTION_EVERY };

static const struct argp_option option_rows[] = {
    { "output", 'o', "FILE", 0, "Where to save it (needed)", 0 },
    { "force", 'f', NULL, 0, "Overwrite FILE if it is there", 0 },
    { "append", 'a', NULL, 0, "Add to FILE if it is there", 0 },
    { "raw", OPTION_RAW, NULL, 0,
      "Save the line's own bytes alone, without the line of text that says where they come from",
      0 },
    { "wait", 'w', NULL, 0, "Wait for SOURCE where it is not there yet", 0 },
    { "until-end", OPTION_UNTIL_END, NULL, 0,
      "End when the END record has come and the line is silent for a second or closed", 0 },
    { "every", OPTION_EVERY, "SECONDS", 0,
      "How often to say how many frames were good (default 10; 0: at the end only)", 0 },
    { 0 },
};

static void set_way(struct record *record, enum recording_way way, struct argp_state *state)
{
    if (record->way != RECORDING_NEW && record->way != way)
        argp_error(state, "--force and --append exclude each other");
    record->way = way;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct record *record = state->input;
    char *end;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &record->log;
        return 0;
    case 'o':
        record->path = argument;
        return 0;
    case 'f':
        set_way(record, RECORDING_FORCE, state);
        return 0;
    case 'a':
        set_way(record, RECORDING_APPEND, state);
        return 0;
    case 'w':
        record->wait = true;
        return 0;
    case OPTION_RAW:
        record->headed = true;
        return 0;
    case OPTION_UNTIL_END:
        record->until_end = true;
        return 0;
    case OPTION_EVERY:
        record->every = (unsigned)strtoul(argument, &end, 10);
        if (*end || end == argument)
            argp_error(state, "no number of seconds: '%s'", argument);
        return 0;
    case ARGP_KEY_END:
        if (!record->path)
            argp_error(state, "no FILE given: -o FILE says where to save it");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct record *record, int argc, char **argv)
{
    static const struct argp_child children[] = { { &log_source_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = {
        .options = option_rows,
        .parser = parse,
        .args_doc = "SOURCE -o FILE",
        .doc = "Saves what comes from SOURCE (a serial port, a pty, a pipe, a socket unix:PATH or "
               "tcp:HOST:PORT, - for standard input) to FILE until Ctrl-C. A line that breaks is "
               "waited for and taken up again.",
        .children = children,
    };

    log_options_begin(&record->log);
    record->every = REPORT_SECONDS;
    argp_parse(&argp, argc, argv, 0, NULL, record);
}

/* Whether the file is where the bytes come from: what is read would grow with what is written. */
static bool is_source(const struct record *record)
{
    struct stat source, file;

    return fstat(record->follow.input.fd, &source) == 0 && stat(record->path, &file) == 0 &&
           S_ISREG(file.st_mode) && source.st_dev == file.st_dev && source.st_ino == file.st_ino;
}

/* Opens both ends. False after an error was told; *status says which end it was. */
static bool begin(struct record *record, int *status)
{
    *status = STATUS_UNREADABLE;
    if (!log_follow_open(&record->follow, record->log.path, record->log.baud, record->wait)) {
        log_complain(record->follow.input.name, "%s", strerror(errno));
        return false;
    }
    *status = STATUS_OUTPUT;
    if (is_source(record)) {
        log_complain(record->path, "is what is to be recorded");
        return false;
    }
    if (!recording_open(&record->recording, record->path, record->way)) {
        log_complain(record->path, "%s%s", strerror(errno),
                     errno == EEXIST ? "; --force overwrites it, --append adds to it" : "");
        return false;
    }
    return true;
}

static int status_of(const struct record *record)
{
    if (record->reader->out_of_memory)
        log_complain(record->path, "%s", strerror(ENOMEM));
    if (!record->past.good)
        return STATUS_UNREADABLE;
    return record->reader->incomplete_runs || record->reader->out_of_memory ? STATUS_INCOMPLETE
                                                                            : STATUS_COMPLETE;
}

static int run(struct record *record)
{
    int status;

    if (!begin(record, &status))
        return status;
    log_complain(record->follow.input.name, "%s to %s; Ctrl-C ends it",
                 record->follow.connected ? "recording" : "waiting for it, to record it",
                 record->path);
    record->reported_ms = log_follow_ms();

    bool written = record_all(record);
    int error = errno;

    if (!recording_close(&record->recording) && written) {
        written = false;
        error = errno;
    }
    log_reader_finish(record->reader);
    log_complain(record->path, "%s, %u break%s of the line", progress_words(record), record->breaks,
                 record->breaks == 1 ? "" : "s");
    if (!written) {
        log_complain(record->path, "%s", strerror(error));
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
        parse_options(record, argc, argv);
        status = run(record);
        log_follow_close(&record->follow);
    } else {
        perror("vexit");
    }
    log_reader_free(reader);
    free(record);
    return status;
}
