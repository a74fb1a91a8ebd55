/* SPDX-License-Identifier: MIT */
/* Records as readable lines. trace/text_parse.c reads them back. */
#include "trace/text.h"

#include "trace/exit_reasons.h"
#include "trace/put.h"
#include "trace/text_names.h"

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

static void put_slot(struct put *put, const char *name, enum slot_kind kind, uint64_t value,
                     unsigned flags)
{
    size_t n = text_name_length(name);

    put_name(put, name, n);
    switch (kind) {
    case SLOT_PAIR32:
        put_hex(put, (uint32_t)value);
        put_name(put, name + n + 1, text_name_length(name + n + 1));
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
            put_slot(put, text_slot_name(row, i), row->slot[i].kind, element->slot[i], flags);
    put_char(put, '\n');
}

static void put_marker(struct put *put, const struct trace_element *element, unsigned flags)
{
    put_head(put, element->exit_tsc, element->vcpu, "marker", flags);
    for (unsigned i = 0; i < 4; i++)
        if (element->written >> i & 1)
            put_slot(put, text_marker_name[i], SLOT_HEX, element->slot[i], flags);
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
