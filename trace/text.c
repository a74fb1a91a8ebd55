/* SPDX-License-Identifier: MIT */
/* Records as readable lines, and back. */
#include "trace/text.h"

#include "trace/crc32c.h"
#include "trace/exit_reasons.h"
#include "trace/put.h"
#include "trace/scan.h"

enum {
    OPEN = TRACE_KINDS, /* an element's kind between its exit line and the line that completes it */
    WRAP_TAIL = 8,      /* " ~" and six digits */
};

/* A marker's values are the guest's registers of these names. */
static const char *const marker_name[] = { "rbx", "rcx", "rdx", "rsi" };

static const char slot_number_name[TRACE_SLOTS][3] = { "s0", "s1", "s2", "s3", "s4" };

/* The name of slot i (1-4); one that the table leaves empty has a number for a name. */
static const char *slot_name(const struct exit_reason_row *row, unsigned i)
{
    return row->slot[i].kind == SLOT_EMPTY ? slot_number_name[i] : row->slot[i].name;
}

/* "1250 vcpu0 exit " */
static void put_head(struct put *put, uint64_t tsc, uint16_t vcpu, const char *word, unsigned flags)
{
    if (!(flags & TEXT_NO_TIME)) {
        put_decimal(put, tsc);
        put_char(put, ' ');
    }
    put_string(put, "vcpu");
    put_decimal(put, vcpu);
    put_char(put, ' ');
    put_string(put, word);
}

/* " name=" with a part of a name */
static void put_name(struct put *put, const char *name, size_t n)
{
    put_char(put, ' ');
    put_bytes(put, name, n);
    put_char(put, '=');
}

static size_t length_to(const char *text, char stop)
{
    size_t n = 0;

    while (text[n] && text[n] != stop)
        n++;
    return n;
}

static void put_slot(struct put *put, const char *name, enum slot_kind kind, uint64_t value,
                     unsigned flags)
{
    size_t n = length_to(name, ':');

    put_name(put, name, n);
    switch (kind) {
    case SLOT_PAIR32:
        put_hex(put, (uint32_t)value);
        put_name(put, name + n + 1, length_to(name + n + 1, '\0'));
        put_hex(put, value >> 32);
        break;
    case SLOT_TSC:
        if (flags & TEXT_NO_TIME)
            put_char(put, '*');
        else
            put_decimal(put, value);
        break;
    case SLOT_DEC:
        put_decimal(put, value);
        break;
    default:
        put_hex(put, value);
    }
}

/* The exit line; then the entry line, or the stop line of an exit that nothing followed. */
static void put_exit(struct put *put, const struct trace_element *element, unsigned flags)
{
    const struct exit_reason_row *row = exit_reason_row(element->reason);
    const char *name = exit_reason_name(element->reason);
    bool entered = element->kind == TRACE_EXIT_ENTRY;

    put_head(put, element->exit_tsc, element->vcpu, "exit ", flags);
    put_string(put, name);
    put_slot(put, "rip", SLOT_HEX, element->rip, flags);
    if (row->has_qualification || element->qualification)
        put_slot(put, "qualification", SLOT_HEX, element->qualification, flags);
    if (!row->name || element->reason > EXIT_REASON_BASIC)
        put_slot(put, "reason", SLOT_HEX, element->reason, flags);
    put_char(put, '\n');
    put_head(put, entered ? element->entry_tsc : element->exit_tsc, element->vcpu,
             entered ? "entry " : "stop ", flags);
    put_string(put, name);
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1)
            put_slot(put, slot_name(row, i), row->slot[i].kind, element->slot[i], flags);
    put_char(put, '\n');
}

static void put_marker(struct put *put, const struct trace_element *element, unsigned flags)
{
    put_head(put, element->exit_tsc, element->vcpu, "marker", flags);
    for (unsigned i = 0; i < 4; i++)
        if (element->written >> i & 1)
            put_slot(put, marker_name[i], SLOT_HEX, element->slot[i], flags);
    put_char(put, '\n');
}

static void put_lost(struct put *put, const struct trace_element *element, unsigned flags)
{
    put_head(put, element->exit_tsc, element->vcpu, "lost", flags);
    put_slot(put, "count", SLOT_DEC, element->slot[0], flags);
    put_char(put, '\n');
}

size_t text_element(char *buf, size_t n, const struct trace_element *element, unsigned flags)
{
    struct put put;

    put_begin(&put, buf, n);
    if (element->kind == TRACE_MARKER)
        put_marker(&put, element, flags);
    else if (element->kind == TRACE_LOST)
        put_lost(&put, element, flags);
    else
        put_exit(&put, element, flags);
    return put_end(&put);
}

/* Reading */

/* Takes " name=number" with a name that ends at `stop`. */
static bool scan_field(struct scan *scan, const char *name, uint64_t *value)
{
    struct scan copy = *scan;

    if (!scan_text(&copy, " "))
        return false;
    for (; *name && *name != ':'; name++)
        if (scan_empty(&copy) || *copy.at++ != *name)
            return false;
    if (!scan_text(&copy, "=") || !scan_number(&copy, value))
        return false;
    *scan = copy;
    return true;
}

static bool scan_slot(struct scan *scan, const char *name, enum slot_kind kind, uint64_t *value)
{
    uint64_t high;

    if (!scan_field(scan, name, value))
        return false;
    if (kind != SLOT_PAIR32)
        return true;
    if (!scan_field(scan, name + length_to(name, ':') + 1, &high) || *value > UINT32_MAX ||
        high > UINT32_MAX)
        return false;
    *value |= high << 32;
    return true;
}

/* The basic exit reason of this name; EXIT_REASONS if there is none. */
static uint32_t reason_of(const struct scan *name)
{
    uint32_t reason = 0;

    while (reason < EXIT_REASONS &&
           !(exit_reasons[reason].name && scan_is(name, exit_reasons[reason].name)))
        reason++;
    return reason;
}

/* Takes a word up to the next space, which it leaves. */
static struct scan scan_word(struct scan *scan)
{
    struct scan word = scan_until(scan, ' ');

    scan->at = word.end;
    return word;
}

static bool parse_exit(struct scan *scan, struct trace_element *element)
{
    struct scan name = scan_word(scan);
    uint32_t basic = reason_of(&name);
    uint64_t reason = basic;

    if (!scan_field(scan, "rip", &element->rip))
        return false;
    scan_field(scan, "qualification", &element->qualification);
    if (!scan_field(scan, "reason", &reason) && basic == EXIT_REASONS)
        return false;
    if (reason > UINT32_MAX || !scan_is(&name, exit_reason_name((uint32_t)reason)) ||
        !scan_empty(scan))
        return false;
    element->reason = (uint32_t)reason;
    element->slot[0] = reason;
    element->written = 1;
    element->kind = OPEN;
    return true;
}

/* The line that completes an exit: entry or stop. */
static bool parse_rest(struct scan *scan, uint64_t tsc, enum trace_kind kind,
                       struct trace_element *element)
{
    const struct exit_reason_row *row = exit_reason_row(element->reason);
    struct scan name = scan_word(scan);

    if (!scan_is(&name, exit_reason_name(element->reason)) ||
        (kind == TRACE_EXIT_ONLY && tsc != element->exit_tsc))
        return false;
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (scan_slot(scan, slot_name(row, i), row->slot[i].kind, &element->slot[i]))
            element->written |= (uint8_t)(1 << i);
    element->entry_tsc = kind == TRACE_EXIT_ENTRY ? tsc : 0;
    element->kind = (uint8_t)kind;
    return scan_empty(scan);
}

static bool parse_marker(struct scan *scan, struct trace_element *element)
{
    element->kind = TRACE_MARKER;
    for (unsigned i = 0; i < 4; i++)
        if (scan_field(scan, marker_name[i], &element->slot[i]))
            element->written |= (uint8_t)(1 << i);
    return scan_empty(scan);
}

static bool parse_lost(struct scan *scan, struct trace_element *element)
{
    element->kind = TRACE_LOST;
    element->written = 1;
    return scan_field(scan, "count", &element->slot[0]) && scan_empty(scan);
}

/* Takes "vcpu0 " and returns the number; -1 if it is not there. */
static int scan_vcpu(struct scan *scan)
{
    uint64_t vcpu;

    if (!scan_text(scan, "vcpu") || !scan_number(scan, &vcpu) || vcpu > UINT16_MAX ||
        !scan_text(scan, " "))
        return -1;
    return (int)vcpu;
}

/* A record line: what follows the stamp. *element is changed only if the line is good. */
static enum text_kind parse_record(struct scan *scan, uint64_t tsc, struct trace_element *element)
{
    struct trace_element fresh = { .exit_tsc = tsc }, open = *element;
    int vcpu = scan_vcpu(scan);
    bool good, completes = false, half = false;

    fresh.vcpu = (uint16_t)vcpu;
    if (vcpu < 0)
        return TEXT_UNKNOWN;
    if (scan_text(scan, "exit "))
        half = good = parse_exit(scan, &fresh);
    else if (scan_text(scan, "marker"))
        good = parse_marker(scan, &fresh);
    else if (scan_text(scan, "lost"))
        good = parse_lost(scan, &fresh);
    else {
        enum trace_kind kind = scan_text(scan, "entry ") ? TRACE_EXIT_ENTRY : TRACE_EXIT_ONLY;

        completes = open.kind == OPEN && open.vcpu == vcpu;
        good = completes && (kind == TRACE_EXIT_ENTRY || scan_text(scan, "stop ")) &&
               parse_rest(scan, tsc, kind, &open);
    }
    if (!good)
        return TEXT_UNKNOWN;
    *element = completes ? open : fresh;
    return half ? TEXT_HALF : TEXT_ELEMENT;
}

enum text_kind text_parse(const char *line, size_t n, struct trace_element *element,
                          const char **rest, size_t *rest_length)
{
    struct scan scan = scan_begin(line, n);
    enum text_kind kind = TEXT_UNKNOWN;
    uint64_t tsc;

    if (scan_number(&scan, &tsc))
        return scan_text(&scan, " ") ? parse_record(&scan, tsc, element) : TEXT_UNKNOWN;
    if (scan_text(&scan, "start "))
        kind = TEXT_START;
    else if (scan_text(&scan, "statistics "))
        kind = TEXT_STATISTICS;
    else if (scan_text(&scan, "end "))
        kind = TEXT_END;
    *rest = scan.at;
    *rest_length = (size_t)(scan.end - scan.at);
    return kind;
}

int text_vcpu(const char *line, size_t n)
{
    struct scan scan = scan_begin(line, n);
    uint64_t tsc;

    if (!scan_text(&scan, "statistics ") && !(scan_number(&scan, &tsc) && scan_text(&scan, " ")))
        return -1;
    return scan_vcpu(&scan);
}

/* Wrapping for the wire */

/* The checksum of a wrapped line: sixteen bits over the line and its number. */
static uint32_t line_check(const char *line, size_t length, uint8_t sequence)
{
    return crc32c(crc32c(0, line, length), &sequence, 1) & 0xffff;
}

size_t text_wire_line(char *buf, size_t n, uint8_t *sequence, const char *line, size_t length)
{
    struct put put;

    put_begin(&put, buf, n);
    put_char(&put, '~');
    put_bytes(&put, line, length);
    put_string(&put, " ~");
    put_digits(&put, *sequence, 2);
    put_digits(&put, line_check(line, length, *sequence), 4);
    put_string(&put, "\r\n");

    size_t written = put_end(&put);

    if (written)
        ++*sequence;
    return written;
}

enum text_wrap text_unwrap(const char *line, size_t n, uint8_t *sequence, const char **inner,
                           size_t *length)
{
    while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        n--;

    bool begins = n && line[0] == '~', ends = n >= WRAP_TAIL;
    struct scan tail = scan_begin(ends ? line + n - WRAP_TAIL : line, ends ? WRAP_TAIL : 0);
    uint64_t number, check;

    ends =
        scan_text(&tail, " ~") && scan_digits(&tail, 2, &number) && scan_digits(&tail, 4, &check);
    if (!begins || !ends || n < 1 + WRAP_TAIL)
        return begins || ends ? TEXT_DAMAGED : TEXT_PLAIN;
    *sequence = (uint8_t)number;
    *inner = line + 1;
    *length = n - 1 - WRAP_TAIL;
    return line_check(*inner, *length, *sequence) == check ? TEXT_GOOD : TEXT_DAMAGED;
}
