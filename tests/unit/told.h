/* SPDX-License-Identifier: MIT */
/* What the log reader tells of a log, kept for comparing. */
#ifndef TESTS_UNIT_TOLD_H
#define TESTS_UNIT_TOLD_H

#include <stdint.h>
#include <stdio.h>

#include "trace/host/log/log_reader.h"

/* What the reader told of a log. */
struct told {
    struct log_run run; /* of the last run */
    unsigned runs, elements, orphans, texts, notes, starts, statistics, ends;
    uint64_t gap, missing; /* records missing: told before elements, and of each vCPU at the end */
    uint64_t hash;         /* of all elements, in their order */
    uint64_t text_hash;
    char last_note[512], first_note[512];
};

static inline uint64_t told_mix(uint64_t hash, const void *bytes, size_t n)
{
    for (const uint8_t *p = bytes; n--; p++)
        hash = (hash ^ *p) * 0x100000001b3;
    return hash;
}

static inline void told_on_element(void *context, const struct trace_element *element)
{
    struct told *told = context;

    told->elements++;
    told->hash = told_mix(told->hash, element, sizeof(*element));
}

static inline void told_on_orphan(void *context, const char *line, size_t n)
{
    struct told *told = context;

    told->orphans++;
    told->text_hash = told_mix(told->text_hash, line, n);
}

static inline void told_on_text(void *context, const char *line, size_t n)
{
    struct told *told = context;

    told->texts++;
    told->text_hash = told_mix(told->text_hash, line, n);
}

static inline void told_on_start(void *context, const struct trace_start *start,
                                 const char *payload, size_t n)
{
    struct told *told = context;

    (void)start;
    told->starts++;
    told->text_hash = told_mix(told->text_hash, payload, n);
}

static inline void told_on_statistics(void *context, uint16_t vcpu, const struct statistics *sent)
{
    struct told *told = context;

    (void)vcpu;
    told->statistics++;
    told->text_hash = told_mix(told->text_hash, sent, sizeof(*sent));
}

static inline void told_on_end(void *context, const struct trace_end *end, const char *payload,
                               size_t n)
{
    struct told *told = context;

    (void)end;
    told->ends++;
    told->text_hash = told_mix(told->text_hash, payload, n);
}

static inline void told_on_note(void *context, const char *note)
{
    struct told *told = context;

    if (!told->notes++)
        snprintf(told->first_note, sizeof(told->first_note), "%s", note);
    snprintf(told->last_note, sizeof(told->last_note), "%s", note);
}

static inline void told_on_run_end(void *context, const struct log_run *run)
{
    struct told *told = context;

    told->runs++;
    told->run = *run;
    told->missing = 0;
    for (unsigned i = 0; i < run->vcpus; i++)
        told->missing += run->vcpu[i].missing;
}

static inline void told_on_gap(void *context, uint16_t vcpu, uint64_t missing)
{
    struct told *told = context;

    (void)vcpu;
    told->gap += missing;
}

/* Reads a log in pieces of this many bytes. */
static inline struct told told_in_pieces(const uint8_t *bytes, size_t n, size_t piece)
{
    struct told told = { 0 };
    struct log_reader *reader = log_reader_new(&(struct log_events){
        &told, told_on_element, told_on_orphan, told_on_text, told_on_start, told_on_statistics,
        told_on_end, told_on_note, told_on_run_end, told_on_gap });

    for (size_t at = 0; at < n; at += piece)
        log_reader_feed(reader, bytes + at, n - at < piece ? n - at : piece);
    log_reader_finish(reader);
    log_reader_free(reader);
    return told;
}

#endif
