/* SPDX-License-Identifier: MIT */
/* Reads a log's lines: text of the VMM and the guest, and the records of wire=text. */
#include <inttypes.h>
#include <string.h>

#include "trace/crc32c.h"
#include "trace/host/log/log_reader_parts.h"
#include "trace/host/log/record_search.h"
#include "trace/text.h"

/* Hands on an exit that its entry never followed. */
static void close_open(struct log_reader *reader, struct log_vcpu *vcpu)
{
    char text[TEXT_ELEMENT_MAX];
    struct trace_element element = vcpu->open;

    if (element.kind != TRACE_KINDS)
        return;
    element.kind = TRACE_EXIT_ONLY;
    text_element(text, sizeof(text), &element, 0);
    vcpu->open = (struct trace_element){ 0 };
    vcpu->records++;
    reader->run.records++;
    if (reader->events.orphan)
        reader->events.orphan(reader->events.context, text, strcspn(text, "\n"));
}

/* Whether its first line is there; that of an END record is told as missing where it is not. */
static bool begins_with(const struct log_block *block, const char *text)
{
    return block->length >= strlen(text) && memcmp(block->text, text, strlen(text)) == 0;
}

static void close_block(struct log_reader *reader)
{
    struct log_block *block = &reader->block;
    int kind = block->kind;

    block->kind = BLOCK_NONE;
    if (kind == BLOCK_START)
        log_take_start(reader, block->text, block->length);
    else if (kind == BLOCK_END && begins_with(block, "status="))
        log_take_end(reader, block->text, block->length);
    else if (kind == BLOCK_STATISTICS && reader->events.statistics)
        reader->events.statistics(reader->events.context, block->vcpu, &reader->statistics);
    block->length = 0;
}

void log_close_lines(struct log_reader *reader)
{
    close_block(reader);
    for (unsigned i = 0; i < reader->vcpus; i++)
        close_open(reader, &reader->vcpu[i]);
}

/* Appends a line to the START or END payload that it belongs to. */
static void add_to_block(struct log_reader *reader, int kind, const char *line, size_t n)
{
    struct log_block *block = &reader->block;

    if ((int)block->kind != kind) {
        close_block(reader);
        block->kind = kind;
    }
    if (n + 1 > sizeof(block->text) - block->length)
        return;
    memcpy(block->text + block->length, line, n);
    block->length += n;
    block->text[block->length++] = '\n';
}

static bool add_statistics(struct log_reader *reader, const char *line, size_t n)
{
    struct log_block *block = &reader->block;
    int vcpu = text_vcpu(line, n);
    uint16_t number;

    if (vcpu < 0)
        return false;
    if (block->kind != BLOCK_STATISTICS || block->vcpu != vcpu) {
        close_block(reader);
        block->kind = BLOCK_STATISTICS;
        block->vcpu = (uint16_t)vcpu;
        statistics_clear(&reader->statistics);
    }
    return text_parse_statistics(line, n, &number, &reader->statistics);
}

/* An entry or stop line whose exit is missing. False: not such a line either. */
static bool take_orphan(struct log_reader *reader, struct log_vcpu *vcpu, const char *line,
                        size_t n)
{
    const char *word = memchr(line, ' ', n);

    word = word ? memchr(word + 1, ' ', n - (size_t)(word + 1 - line)) : NULL;

    size_t left = word ? n - (size_t)(word - line) : 0;

    if (left < 7 || (memcmp(word, " entry ", 7) != 0 && memcmp(word, " stop ", 6) != 0))
        return false;
    close_open(reader, vcpu);
    vcpu->records++;
    reader->run.records++;
    if (reader->events.orphan)
        reader->events.orphan(reader->events.context, line, n);
    return true;
}

static bool take_record(struct log_reader *reader, const char *line, size_t n)
{
    int number = text_vcpu(line, n);
    struct log_vcpu *vcpu = number < 0 ? NULL : log_vcpu(reader, (uint32_t)number);
    const char *rest;
    size_t rest_length;

    if (!vcpu)
        return number >= 0;

    struct trace_element before = vcpu->open, *open = &vcpu->open;
    enum text_kind kind = text_parse(line, n, open, &rest, &rest_length);

    if (kind != TEXT_HALF && kind != TEXT_ELEMENT)
        return take_orphan(reader, vcpu, line, n);

    bool completes = kind == TEXT_ELEMENT && open->kind <= TRACE_EXIT_ONLY;

    if (before.kind == TRACE_KINDS && !completes) {
        struct trace_element now = *open;

        *open = before;
        close_open(reader, vcpu);
        *open = now;
    }
    if (kind == TEXT_ELEMENT) {
        struct trace_element element = *open;

        vcpu->open = (struct trace_element){ 0 };
        vcpu->records += trace_records(element.kind);
        log_take_element(reader, &element);
    }
    return true;
}

/* A line that was wrapped, checksum good. */
static bool take_unwrapped(struct log_reader *reader, const char *line, size_t n)
{
    struct trace_element none = { 0 };
    const char *rest;
    size_t rest_length;

    switch (text_parse(line, n, &none, &rest, &rest_length)) {
    case TEXT_START:
        add_to_block(reader, BLOCK_START, rest, rest_length);
        return true;
    case TEXT_END:
        add_to_block(reader, BLOCK_END, rest, rest_length);
        return true;
    case TEXT_STATISTICS:
        return add_statistics(reader, line, n);
    default:
        /* A record that comes late does not cut the END record in two. */
        if (reader->block.kind != BLOCK_END)
            close_block(reader);
        return take_record(reader, line, n);
    }
}

/* The first line of a START payload begins a run, unless it is the run's own once more. */
static bool begins_run(const struct log_reader *reader, uint8_t number, const char *line, size_t n)
{
    return number == 0 && n > 6 && memcmp(line, "start ", 6) == 0 &&
           reader->line_sequence.expected > 1;
}

static void take_wrapped(struct log_reader *reader, uint64_t offset, uint8_t number,
                         const char *line, size_t n)
{
    bool late;

    if (begins_run(reader, number, line, n))
        log_end_run(reader);
    reader->run.lines = true;
    if (!log_take_sequence(reader, &reader->line_sequence, "line", number, crc32c(0, line, n),
                           &late))
        return;

    /* An entry that does not stand behind its exit is not that exit's, even if it looks so. */
    if (number != (uint8_t)(reader->line_number + 1))
        for (unsigned i = 0; i < reader->vcpus; i++)
            close_open(reader, &reader->vcpu[i]);
    reader->line_number = number;
    if (!take_unwrapped(reader, line, n)) {
        reader->run.broken++;
        log_note(reader, "damaged: the record line at offset %" PRIu64 " makes no sense", offset);
    }
}

/* Whether the line has both the beginning and the end of a wrapped one. */
static bool looks_wrapped(const char *line, size_t n)
{
    return n > TEXT_WRAP_TAIL && line[0] == '~' && line[n - TEXT_WRAP_TAIL + 1] == '~';
}

static void take_plain(struct log_reader *reader, const char *line, size_t n)
{
    if (n && reader->events.text)
        reader->events.text(reader->events.context, line, n);
}

/*
 * A line of text may begin with a tilde like a wrapped one: it is taken for a damaged record only
 * if it also ends like one, or if the run does send its records as lines.
 */
static void take_unreadable(struct log_reader *reader, uint64_t offset, const char *line, size_t n)
{
    if (!looks_wrapped(line, n) && !reader->line_sequence.seen) {
        take_plain(reader, line, n);
        return;
    }
    reader->run.damaged_places++;
    reader->run.damaged_bytes += n;
    log_note(reader, "damaged: a record line of %zu byte%s at offset %" PRIu64, n,
             n == 1 ? "" : "s", offset);
}

/* Characters with no good record in them. */
static void take_other(struct log_reader *reader, uint64_t offset, const char *line, size_t n)
{
    const char *inner;
    size_t length;
    uint8_t number;

    if (text_unwrap(line, n, &number, &inner, &length) == TEXT_PLAIN)
        take_plain(reader, line, n);
    else
        take_unreadable(reader, offset, line, n);
}

static bool is_blank(const char *text, size_t n)
{
    while (n && (*text == ' ' || *text == '\t'))
        text++, n--;
    return n == 0;
}

void log_take_line(void *context, uint64_t offset, const char *line, size_t n)
{
    struct log_reader *reader = context;
    struct found_record found;
    bool any = false;

    while (record_search(line, n, &found)) {
        any = true;
        if (found.begin)
            take_other(reader, offset, line, found.begin);
        take_wrapped(reader, offset + found.begin, found.number, found.line, found.length);
        offset += found.end;
        line += found.end;
        n -= found.end;
    }
    if (!any || !is_blank(line, n))
        take_other(reader, offset, line, n);
}
