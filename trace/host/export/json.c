/* SPDX-License-Identifier: MIT */
/*
 * Chrome trace events, which Perfetto reads too: "Trace Event Format", the JSON object form. A
 * thread for each vCPU; an exit is a complete event ("X") for the time of its handling.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/host/export/exporter.h"
#include "trace/host/export/file_target.h"
#include "trace/host/export/slot_names.h"
#include "trace/host/show/json.h"

enum { PID = 1 };

struct json_export {
    struct file_target to;
    bool named[EXPORT_VCPUS]; /* the vCPU's thread has its name */
    struct json json;
    struct output output;
};

/* Threads count from 1, as 0 is the idle one to readers. */
static void thread(struct json_export *state, uint16_t vcpu)
{
    json_member_unsigned(&state->json, "pid", PID);
    json_member_unsigned(&state->json, "tid", vcpu + 1u);
}

/* Microseconds, with nanoseconds behind the point. */
static void time_member(struct json_export *state, const char *key, uint64_t ns)
{
    json_key(&state->json, key);
    json_real(&state->json, (double)ns / 1000, 3);
}

static void write_out(struct json_export *state)
{
    if (!output_flush(&state->output)) {
        errno = state->output.error;
        export_fail(state->to.file.path, state->to.run->failed);
    }
}

static void end_event(struct json_export *state)
{
    json_end_object(&state->json);
    output_bytes(&state->output, "\n", 1);
    if (state->output.used > OUTPUT_SIZE / 2)
        write_out(state);
}

/* A name for the process, or for a vCPU's thread. */
static void name_event(struct json_export *state, const char *what, uint16_t vcpu, const char *name)
{
    struct json *json = &state->json;

    json_begin_object(json);
    json_member_string(json, "name", what);
    json_member_string(json, "ph", "M");
    thread(state, vcpu);
    json_key(json, "args");
    json_begin_object(json);
    json_member_string(json, "name", name);
    json_end_object(json);
    end_event(state);
}

/* An event up to its args, which are left open. */
static void begin_event(struct json_export *state, const char *name, const char *category,
                        const char *phase, uint16_t vcpu, uint64_t tsc)
{
    struct json *json = &state->json;

    if (!state->named[vcpu]) {
        char words[16];

        state->named[vcpu] = true;
        snprintf(words, sizeof(words), "vCPU %u", vcpu);
        name_event(state, "thread_name", vcpu, words);
    }
    json_begin_object(json);
    json_member_string(json, "name", name);
    json_member_string(json, "cat", category);
    json_member_string(json, "ph", phase);
    thread(state, vcpu);
    time_member(state, "ts", export_ns(state->to.run, tsc));
}

static void begin_args(struct json_export *state)
{
    json_key(&state->json, "args");
    json_begin_object(&state->json);
}

static void end_args(struct json_export *state)
{
    json_end_object(&state->json);
    end_event(state);
}

static void duration(struct json_export *state, uint64_t from, uint64_t to)
{
    time_member(state, "dur", export_ns(state->to.run, to) - export_ns(state->to.run, from));
}

static void *begin(const char *path, const struct export_run *run)
{
    struct json_export *state = file_target_begin(sizeof(*state), path, run);

    if (!state)
        return NULL;
    state->output.fd = state->to.file.fd;

    struct json *json = &state->json;

    json_begin(json, &state->output);
    json_begin_object(json);
    json_member_string(json, "displayTimeUnit", "ns");
    json_key(json, "otherData");
    json_begin_object(json);
    json_member_string(json, "version", run->start->version);
    json_member_string(json, "options", run->start->options);
    json_member_unsigned(json, "tsc_hz", run->tsc_hz);
    json_end_object(json);
    json_key(json, "traceEvents");
    json_begin_array(json);
    name_event(state, "process_name", 0, "vexit");
    return state;
}

static void put_slot(struct json_export *state, const struct schema_slot *slot, uint64_t value)
{
    struct json *json = &state->json;
    char name[SCHEMA_NAME + 1];

    slot_name(name, &slot->low);
    json_key(json, name);
    if (slot->kind == SLOT_DEC || slot->kind == SLOT_TSC)
        json_unsigned(json, value);
    else
        json_hex(json, slot->kind == SLOT_PAIR32 ? (uint32_t)value : value);
    if (slot->kind != SLOT_PAIR32)
        return;
    slot_name(name, &slot->high);
    json_member_hex(json, name, value >> 32);
}

static void put_exit(void *context, const struct trace_element *element)
{
    struct json_export *state = context;
    struct json *json = &state->json;
    const struct schema_row *row = schema_row(state->to.run->schema, element->reason);
    bool stopped = element->kind == TRACE_EXIT_ONLY;
    uint64_t until = stopped ? element->exit_tsc : element->entry_tsc;

    begin_event(state, schema_name(row), "exit", "X", element->vcpu, element->exit_tsc);
    duration(state, element->exit_tsc, until);
    begin_args(state);
    json_member_hex(json, "rip", element->rip);
    json_member_hex(json, "reason", element->reason);
    if (row->has_qualification || element->qualification)
        json_member_hex(json, "qualification", element->qualification);
    for (int i = 1; i < TRACE_SLOTS; i++)
        if (element->written & 1 << i && row->slot[i].kind != SLOT_QUALIFICATION)
            put_slot(state, &row->slot[i], element->slot[i]);
    json_key(json, stopped ? "stopped" : "ticks");
    if (stopped)
        json_bool(json, true);
    else
        json_unsigned(json, until - element->exit_tsc);
    end_args(state);
}

static void put_marker(void *context, const struct trace_element *element)
{
    static const char *const names[] = { "rbx", "rcx", "rdx", "rsi" };
    struct json_export *state = context;

    begin_event(state, "marker", "marker", "i", element->vcpu, element->exit_tsc);
    json_member_string(&state->json, "s", "t");
    begin_args(state);
    for (int i = 0; i < 4; i++)
        json_member_hex(&state->json, names[i], element->slot[i]);
    end_args(state);
}

static void put_loss(void *context, const struct export_loss *loss)
{
    struct json_export *state = context;

    begin_event(state, "lost", "lost", "X", loss->vcpu, loss->since);
    duration(state, loss->since, loss->until);
    begin_args(state);
    json_key(&state->json, "records");
    if (loss->records)
        json_unsigned(&state->json, loss->records);
    else
        json_null(&state->json);
    end_args(state);
}

static void end(void *context)
{
    struct json_export *state = context;

    json_end_array(&state->json);
    json_end_object(&state->json);
    output_print(&state->output, "\n");
    write_out(state);
    export_file_close(&state->to.file);
    free(state);
}

const struct exporter json_exporter = { begin, put_exit, put_marker, put_loss, end };
