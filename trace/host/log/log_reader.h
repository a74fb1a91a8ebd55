/* SPDX-License-Identifier: MIT */
/*
 * Reads a log: bytes in, records, text and a list of everything that is missing out. Works on a
 * stream, with constant memory.
 */
#ifndef TRACE_HOST_LOG_LOG_READER_H
#define TRACE_HOST_LOG_LOG_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/end.h"
#include "trace/host/log/log_scanner.h"
#include "trace/host/log/sequence.h"
#include "trace/host/log/text_lines.h"
#include "trace/record.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "trace/wire_decoder.h"

/* What is known of one run of the VMM. A log may hold several, one after the other. */
struct log_run {
    uint64_t frames;          /* good ones, of all kinds; also the lines of records of wire=text */
    uint64_t records;         /* exit, entry, stop and marker records that were read */
    uint64_t markers;         /* of these, marker records */
    uint64_t lost;            /* records that the VMM had no room for, by its own lost records */
    uint64_t missing_frames;  /* by the gaps between sequence numbers; lines too */
    uint64_t missing_records; /* by the frames' record numbers and the END record's balance */
    uint64_t damaged_bytes;   /* since the first frame and until the END record */
    uint64_t damaged_places;  /* stretches of damaged bytes, damaged lines */
    uint64_t broken;          /* frames whose contents make no sense */
    uint64_t newer;           /* frames of a newer format */
    uint64_t twice;           /* frames or lines that came twice */
    uint64_t late;            /* ... that came out of order */
    bool lines;               /* wire=text: what is counted as frames are lines */
    bool has_start, has_end;
    bool disagrees; /* the END record's balance does not fit to what was read */
    struct trace_start start;
    struct trace_end end;
    const struct log_vcpu *vcpu; /* in run_end(): the account of each vCPU that was seen */
    unsigned vcpus;
};

/* What is known of one vCPU in the current run. */
struct log_vcpu {
    uint64_t next;             /* the number of its next record, as frames count them */
    uint64_t records;          /* that were read */
    uint64_t missing;          /* records that were sent and are not there; late ones are not */
    uint64_t lost;             /* records that the VMM had no room for */
    struct trace_element open; /* wire=text: an exit whose entry has not come yet */
};

/* Whether nothing of the run is missing. Records that the VMM itself counted as lost are not. */
bool log_run_complete(const struct log_run *run);

/* What the reader calls. Pointers are valid during the call only; any may be NULL. */
struct log_events {
    void *context;
    void (*element)(void *context, const struct trace_element *element);
    /* wire=text: the line of an exit whose entry is missing, or the other way round */
    void (*orphan)(void *context, const char *line, size_t n);
    /* A line of the log, without its end: the VMM's or the guest's */
    void (*text)(void *context, const char *line, size_t n);
    /* payload: the key=value lines as they came */
    void (*start)(void *context, const struct trace_start *start, const char *payload, size_t n);
    void (*statistics)(void *context, uint16_t vcpu, const struct statistics *statistics);
    void (*end)(void *context, const struct trace_end *end, const char *payload, size_t n);
    /* One line on something missing, damaged or odd, where it was noticed */
    void (*note)(void *context, const char *note);
    /* No more of this run comes */
    void (*run_end)(void *context, const struct log_run *run);
    /* Records of the vCPU are missing before its next element; 0: nobody knows how many, or any */
    void (*gap)(void *context, uint16_t vcpu, uint64_t records);
};

struct log_reader {
    struct log_events events;
    struct log_scanner scanner;
    struct wire_decoder wire;
    struct text_lines lines;
    struct sequence frame_sequence, line_sequence;
    uint8_t line_number; /* wire=text: of the line that was taken last */
    struct log_run run;
    struct log_vcpu *vcpu; /* indexed by number, as far as any was seen */
    unsigned vcpus;
    uint64_t runs;            /* runs that are over and had a frame or a record */
    uint64_t incomplete_runs; /* of these */
    bool out_of_memory;       /* some vCPU could not be accounted for */
    struct log_block {        /* wire=text: a payload that comes line by line */
        enum { BLOCK_NONE, BLOCK_START, BLOCK_STATISTICS, BLOCK_END } kind;
        uint16_t vcpu; /* of the statistics */
        size_t length;
        char text[START_PAYLOAD_MAX];
    } block;
    struct statistics statistics;
};

_Static_assert((int)END_PAYLOAD_MAX <= (int)START_PAYLOAD_MAX, "a block holds either payload");

/* Allocates a reader at the beginning of a log. NULL without memory. */
struct log_reader *log_reader_new(const struct log_events *events);

/* Takes the next n bytes of the log. */
void log_reader_feed(struct log_reader *reader, const void *bytes, size_t n);

/* Takes the end of the log: the last run is over. */
void log_reader_finish(struct log_reader *reader);

/* Whether the current run's END record has come. */
bool log_reader_ended(const struct log_reader *reader);

void log_reader_free(struct log_reader *reader);

#endif
