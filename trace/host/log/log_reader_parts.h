/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the log reader share: the reader itself and log_run.c, the account, which
 * log_frames.c and log_lines.c both feed. Not for its users.
 */
#ifndef TRACE_HOST_LOG_LOG_READER_PARTS_H
#define TRACE_HOST_LOG_LOG_READER_PARTS_H

#include "trace/host/log/log_reader.h"

/* Tells one line about something missing, damaged or odd. */
void log_note(struct log_reader *reader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The account of a vCPU. NULL without memory. */
struct log_vcpu *log_vcpu(struct log_reader *reader, uint32_t number);

/* Counts an element and hands it on. */
void log_take_element(struct log_reader *reader, const struct trace_element *element);

/* Each takes a whole payload. */
void log_take_start(struct log_reader *reader, const char *payload, size_t n);
void log_take_end(struct log_reader *reader, const char *payload, size_t n);

/* Nothing has come of a run. */
void log_begin_run(struct log_reader *reader);

/* The current run is over: its balance is drawn, and another one begins. */
void log_end_run(struct log_reader *reader);

/*
 * Counts a frame's or line's sequence number (`what` names it in notes) and begins a new run where
 * it belongs to another one. False: it came before and is to be passed over.
 */
bool log_take_sequence(struct log_reader *reader, struct sequence *sequence, const char *what,
                       uint32_t number, uint32_t checksum, bool *late);

/* Tells that records of the vCPU are missing: so many, or 0 where nobody knows. */
void log_tell_gap(struct log_reader *reader, uint16_t vcpu, uint64_t records);

/* A frame, and a frame of a newer format. Events of the scanner, the context is the reader. */
void log_take_frame(void *context, uint64_t offset, const struct wire_frame *frame,
                    uint32_t checksum);
void log_take_newer(void *context, uint64_t offset, const struct wire_frame *frame,
                    uint32_t checksum);

/* A line of text, wrapped or not. text_line_taker, the context is the reader. */
void log_take_line(void *context, uint64_t offset, const char *line, size_t n);

/* Hands on what wire=text has begun and not completed. */
void log_close_lines(struct log_reader *reader);

#endif
