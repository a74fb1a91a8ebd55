/* SPDX-License-Identifier: MIT */
/* Readable lines as records again. */
#include "trace/exit_reasons.h"
#include "trace/scan.h"
#include "trace/text.h"
#include "trace/text_names.h"

/* An element's kind between its exit line and the line that completes it. */
enum { OPEN = TRACE_KINDS };

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
    if (!scan_field(scan, name + text_name_length(name) + 1, &high) || *value > UINT32_MAX ||
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
        if (scan_slot(scan, text_slot_name(row, i), row->slot[i].kind, &element->slot[i]))
            element->written |= (uint8_t)(1 << i);
    element->entry_tsc = kind == TRACE_EXIT_ENTRY ? tsc : 0;
    element->kind = (uint8_t)kind;
    return scan_empty(scan);
}

static bool parse_marker(struct scan *scan, struct trace_element *element)
{
    element->kind = TRACE_MARKER;
    for (unsigned i = 0; i < 4; i++)
        if (scan_field(scan, text_marker_name[i], &element->slot[i]))
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
