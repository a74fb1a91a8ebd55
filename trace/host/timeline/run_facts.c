/* SPDX-License-Identifier: MIT */
/* What a page says of a run beside its records. */
#include "trace/host/timeline/run_facts.h"

#include <inttypes.h>
#include <stdio.h>

#include "trace/host/log/log_command.h"
#include "trace/host/show/json.h"

static void put_text(struct json *json, const char *key, const char *text)
{
    json_key(json, key);
    json_string(json, text);
}

static void put_number(struct json *json, const char *key, uint64_t number)
{
    json_key(json, key);
    json_unsigned(json, number);
}

/* As a string: a double does not hold it. */
static void put_stamp(struct json *json, const char *key, uint64_t stamp)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRIu64, stamp);
    put_text(json, key, digits);
}

static void put_vcpus(struct json *json, const struct page *page)
{
    json_key(json, "vcpus");
    json_begin_array(json);
    for (unsigned i = 0; i < PAGE_VCPUS; i++) {
        if (!page->vcpu[i])
            continue;
        json_begin_object(json);
        put_number(json, "vcpu", i);
        put_stamp(json, "start", page->vcpu[i]->levels.start);
        put_stamp(json, "end", page->vcpu[i]->levels.now);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_slots(struct json *json, const struct schema_row *row)
{
    static const char *const kinds[] = {
        [SLOT_EMPTY] = "hex",     [SLOT_DEC] = "dec", [SLOT_HEX] = "hex",
        [SLOT_PAIR32] = "pair32", [SLOT_TSC] = "tsc", [SLOT_QUALIFICATION] = "hex",
    };

    json_key(json, "slots");
    json_begin_array(json);
    for (unsigned i = 1; i < TRACE_SLOTS; i++) {
        json_begin_object(json);
        put_text(json, "name", row->slot[i].name);
        put_text(json, "kind", kinds[row->slot[i].kind]);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_reasons(struct json *json, const struct page *page)
{
    json_key(json, "reasons");
    json_begin_array(json);
    for (unsigned i = 0; i <= SCHEMA_ROWS; i++) {
        const struct schema_row *row = &page->schema.row[i];

        if (!page->came[i])
            continue;
        json_begin_object(json);
        put_number(json, "row", i);
        put_text(json, "name", schema_name(row));
        json_key(json, "has_qualification");
        json_bool(json, row->has_qualification);
        put_slots(json, row);
        json_end_object(json);
    }
    json_end_array(json);
}

static void put_notes(struct json *json, const struct page *page)
{
    json_key(json, "notes");
    json_begin_array(json);
    for (unsigned i = 0; i < page->notes && i < PAGE_NOTES; i++)
        json_string(json, page->note[i]);
    json_end_array(json);
    put_number(json, "note_count", page->notes);
}

void run_facts_write(const struct page *page, const struct log_run *run)
{
    char verdict[512];
    struct json json;

    log_verdict(verdict, sizeof(verdict), run);
    json_begin(&json, page->output);
    json_begin_object(&json);
    put_text(&json, "log", page->name);
    put_text(&json, "version", run->start.version);
    put_text(&json, "options", run->start.options);
    put_number(&json, "tsc_hz", run->start.tsc_hz);
    put_text(&json, "end", run->has_end ? run->end.reason : "");
    put_text(&json, "verdict", verdict);
    json_key(&json, "complete");
    json_bool(&json, log_run_complete(run));
    put_number(&json, "lost", run->lost);
    json_key(&json, "filtered");
    json_bool(&json, page->filter->active);
    put_number(&json, "exits", page->exits);
    put_notes(&json, page);
    put_vcpus(&json, page);
    put_reasons(&json, page);
    json_end_object(&json);
}
