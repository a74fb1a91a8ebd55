/* SPDX-License-Identifier: MIT */
/* The START payload: key=value lines and the table of slots. */
#include "trace/start.h"

#include "trace/exit_reasons.h"
#include "trace/put.h"
#include "trace/scan.h"

/* Names in the schema, one for each enum slot_kind. */
static const char *const kind_name[] = {
    [SLOT_EMPTY] = "-",       [SLOT_DEC] = "dec", [SLOT_HEX] = "hex",
    [SLOT_PAIR32] = "pair32", [SLOT_TSC] = "tsc", [SLOT_QUALIFICATION] = "qualification",
};

/* "slots 16 RDTSC 0 value/tsc - - -": number, name, whether there is a qualification, slots 1-4. */
static void put_slots_line(struct put *put, unsigned number)
{
    const struct exit_reason_row *row = &exit_reasons[number];

    put_string(put, "slots ");
    put_decimal(put, number);
    put_char(put, ' ');
    put_string(put, row->name);
    put_string(put, row->has_qualification ? " 1" : " 0");
    for (unsigned i = 1; i < sizeof(row->slot) / sizeof(row->slot[0]); i++) {
        put_char(put, ' ');
        if (row->slot[i].kind != SLOT_EMPTY) {
            put_string(put, row->slot[i].name);
            put_char(put, '/');
        }
        put_string(put, kind_name[row->slot[i].kind]);
    }
    put_char(put, '\n');
}

/* A line break inside a value would end its line: it becomes a space. */
static void put_value(struct put *put, const char *key, const char *value)
{
    put_string(put, key);
    for (; *value; value++)
        put_char(put, *value == '\n' || *value == '\r' ? ' ' : *value);
    put_char(put, '\n');
}

size_t start_encode(char *payload, size_t n, const struct trace_start *start)
{
    struct put put;

    put_begin(&put, payload, n);
    put_value(&put, "version=", start->version);
    put_string(&put, "tsc_hz=");
    put_decimal(&put, start->tsc_hz);
    put_string(&put, "\nvcpus=");
    put_decimal(&put, start->vcpus);
    put_value(&put, "\noptions=", start->options);
    for (unsigned i = 0; i < EXIT_REASONS; i++)
        if (exit_reasons[i].name)
            put_slots_line(&put, i);
    return put_end(&put);
}

/* Takes a number that is the whole rest of its line. */
static bool whole_number(const struct scan *line, uint64_t max, uint64_t *value)
{
    return scan_whole_number(line, value) && *value <= max;
}

bool start_decode_line(const char *text, size_t n, struct trace_start *start)
{
    struct scan line = scan_begin(text, n);
    uint64_t vcpus;

    if (scan_text(&line, "version="))
        scan_copy(&line, start->version, sizeof(start->version));
    else if (scan_text(&line, "options="))
        scan_copy(&line, start->options, sizeof(start->options));
    else if (scan_text(&line, "tsc_hz="))
        return whole_number(&line, UINT64_MAX, &start->tsc_hz);
    else if (scan_text(&line, "vcpus=")) {
        if (!whole_number(&line, UINT32_MAX, &vcpus))
            return false;
        start->vcpus = (uint32_t)vcpus;
    }
    return true;
}

bool start_decode(const char *payload, size_t n, struct trace_start *start)
{
    struct scan scan = scan_begin(payload, n);

    *start = (struct trace_start){ 0 };
    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');

        if (!start_decode_line(line.at, (size_t)(line.end - line.at), start))
            return false;
    }
    return true;
}
