/* SPDX-License-Identifier: MIT */
/* What decode prints as JSON. */
#include <string.h>

#include "trace/host/decode/decode.h"
#include "trace/host/show/fields.h"
#include "trace/host/show/names.h"

static void put_slot(struct decode *decode, const struct schema_slot *slot, uint64_t value)
{
    struct json *json = &decode->writer;
    size_t low = strcspn(slot->name, ":");
    char name[SCHEMA_NAME + 1];

    switch (slot->kind) {
    case SLOT_PAIR32:
        memcpy(name, slot->name, low);
        name[low] = '\0';
        json_member_hex(json, name, (uint32_t)value);
        json_member_hex(json, slot->name + low + 1, value >> 32);
        break;
    case SLOT_TSC:
        if (decode->no_time)
            break;
        json_member_unsigned(json, slot->name, value);
        break;
    case SLOT_DEC:
        json_member_unsigned(json, slot->name, value);
        break;
    default:
        json_member_hex(json, slot->name, value);
    }
}

/* What --names adds: the parts of the qualification, and slots whose values have names. */
static void put_names(struct decode *decode, const struct trace_element *element)
{
    struct json *json = &decode->writer;
    const struct schema_row *row = schema_row(&decode->schema, element->reason);
    uint32_t basic = element->reason & EXIT_REASON_BASIC;
    char text[NAMES_ROOM];

    json_key(json, "names");
    json_begin_object(json);
    for (size_t i = 0; i < fields_n; i++) {
        uint64_t value = field_value(&fields[i], element->qualification);

        if (fields[i].reason != basic)
            continue;
        json_key(json, fields[i].name);
        field_text(text, &fields[i], value);
        if (fields[i].form == FIELD_FLAG)
            json_bool(json, value != 0);
        else
            json_string(json, text);
    }
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1 &&
            names_of_value(text, sizeof(text), basic, row->slot[i].name, element->slot[i],
                           element->slot[NAMES_CR_SLOT]))
            json_member_string(json, row->slot[i].name, text);
    json_end_object(json);
}

/* Where in the guest; null where no image knows. */
static void put_symbol(struct decode *decode, uint64_t rip)
{
    struct json *json = &decode->writer;
    struct symbol symbol;

    json_key(json, "symbol");
    if (!symbols_find(&decode->symbols, rip, &symbol)) {
        json_null(json);
        return;
    }
    json_begin_object(json);
    json_member_string(json, "function", symbol.function);
    json_member_unsigned(json, "offset", symbol.offset);
    if (symbol.file) {
        json_member_string(json, "file", symbol.file);
        json_member_unsigned(json, "line", (uint64_t)symbol.line);
    }
    json_end_object(json);
}

static void put_exit(struct decode *decode, const struct trace_element *element)
{
    const struct schema_row *row = schema_row(&decode->schema, element->reason);
    struct json *json = &decode->writer;
    bool entered = element->kind == TRACE_EXIT_ENTRY;

    json_member_string(json, "reason", schema_name(row));
    json_member_unsigned(json, "number", element->reason);
    json_member_hex(json, "rip", element->rip);
    if (decode->symbols.first)
        put_symbol(decode, element->rip);
    if (row->has_qualification || element->qualification)
        json_member_hex(json, "qualification", element->qualification);
    if (entered && !decode->no_time) {
        json_member_unsigned(json, "entry_tsc", element->entry_tsc);
        json_member_unsigned(json, "ticks", element->entry_tsc - element->exit_tsc);
    }
    if (!entered) {
        json_key(json, "stopped");
        json_bool(json, true);
    }
    json_key(json, "slots");
    json_begin_object(json);
    for (unsigned i = 1; i < TRACE_SLOTS; i++)
        if (element->written >> i & 1)
            put_slot(decode, &row->slot[i], element->slot[i]);
    json_end_object(json);
    if (decode->names)
        put_names(decode, element);
}

static void put_marker(struct json *json, const struct trace_element *element)
{
    static const char *const registers[] = { "rbx", "rcx", "rdx", "rsi" };

    for (unsigned i = 0; i < 4; i++)
        if (element->written >> i & 1)
            json_member_hex(json, registers[i], element->slot[i]);
}

void decode_json(struct decode *decode, const struct trace_element *element)
{
    static const char *const kinds[] = { "exit", "exit", "marker", "lost" };
    struct json *json = &decode->writer;

    json_begin_object(json);
    json_member_string(json, "record", kinds[element->kind]);
    if (!decode->no_time)
        json_member_unsigned(json, "tsc", element->exit_tsc);
    json_member_unsigned(json, "vcpu", element->vcpu);
    if (element->kind == TRACE_MARKER)
        put_marker(json, element);
    else if (element->kind == TRACE_LOST)
        json_member_unsigned(json, "count", element->slot[0]);
    else
        put_exit(decode, element);
    json_end_object(json);
    json_newline(json);
}

void decode_json_line(struct decode *decode, const char *key, const char *line, size_t n)
{
    struct json *json = &decode->writer;

    json_begin_object(json);
    json_key(json, key);
    json_bytes(json, line, n);
    json_end_object(json);
    json_newline(json);
}

/* "tsc_hz=2400000000", "vcpu0 generated=20 lost=0": what stands before = or a blank is the key. */
static void put_payload_line(struct decode *decode, const char *line, size_t n)
{
    char key[64];
    size_t length = 0;

    while (length < n && line[length] != '=' && line[length] != ' ')
        length++;
    if (length == n || length >= sizeof(key))
        return;
    memcpy(key, line, length);
    key[length] = '\0';
    if (strcmp(key, "slots") == 0 || (decode->no_time && strcmp(key, "tsc_hz") == 0))
        return;
    json_key(&decode->writer, key);
    json_bytes(&decode->writer, line + length + 1, n - length - 1);
}

void decode_json_payload(struct decode *decode, const char *key, const char *payload, size_t n)
{
    struct json *json = &decode->writer;

    json_begin_object(json);
    json_key(json, key);
    json_begin_object(json);
    while (n) {
        const char *newline = memchr(payload, '\n', n);
        size_t length = newline ? (size_t)(newline - payload) : n;
        size_t taken = newline ? length + 1 : n;

        put_payload_line(decode, payload, length);
        payload += taken;
        n -= taken;
    }
    json_end_object(json);
    json_end_object(json);
    json_newline(json);
}

void decode_json_statistics(struct decode *decode, uint16_t vcpu,
                            const struct statistics *statistics)
{
    struct json *json = &decode->writer;

    for (unsigned i = 0; i < STATISTICS_ROWS; i++) {
        const struct statistics_row *row = &statistics->row[i];

        if (!row->count)
            continue;
        json_begin_object(json);
        json_key(json, "statistics");
        json_begin_object(json);
        json_member_unsigned(json, "vcpu", vcpu);
        json_member_string(json, "reason", schema_statistics_name(&decode->schema, i));
        json_member_unsigned(json, "count", row->count);
        json_member_unsigned(json, "sum", row->sum);
        json_member_unsigned(json, "min", row->min);
        json_member_unsigned(json, "max", row->max);
        json_end_object(json);
        json_end_object(json);
        json_newline(json);
    }
}
