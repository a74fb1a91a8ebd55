/* SPDX-License-Identifier: MIT */
/*
 * The metadata of a CTF trace. Field names begin with an underscore, as LTTng's do: readers take it
 * away, and no name is then a word of the language.
 */
#include "trace/host/export/ctf_metadata.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "trace/host/export/slot_names.h"

static const char unknown[] = "UNKNOWN"; /* the label of reasons without a name */

/* The label of a row; empty where it has no name. It is also the name of its slots' structure. */
struct label {
    char text[SCHEMA_NAME + 8];
};

static const char types[] =
    "typealias integer { size = 5; align = 1; signed = false; } := uint5_t;\n"
    "typealias integer { size = 27; align = 1; signed = false; } := uint27_t;\n"
    "typealias integer { size = 8; align = 8; signed = false; } := uint8_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
    "typealias integer { size = 32; align = 8; signed = true; } := int32_t;\n"
    "typealias integer { size = 64; align = 8; signed = true; } := int64_t;\n"
    "typealias integer { size = 8; align = 8; signed = true; encoding = UTF8; } := char_t;\n"
    "typealias integer { size = 8; align = 8; signed = false; base = 16; } := hex8_t;\n"
    "typealias integer { size = 32; align = 8; signed = false; base = 16; } := hex32_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; base = 16; } := hex64_t;\n\n";

static const char stream[] =
    "typealias integer { size = 27; align = 1; signed = false; map = clock.tsc.value; } "
    ":= uint27_clock_tsc_t;\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.tsc.value; } "
    ":= uint64_clock_tsc_t;\n\n"
    "struct packet_context {\n"
    "    uint64_clock_tsc_t timestamp_begin;\n"
    "    uint64_clock_tsc_t timestamp_end;\n"
    "    uint64_t content_size;\n"
    "    uint64_t packet_size;\n"
    "    uint64_t packet_seq_num;\n"
    "    uint64_t events_discarded;\n"
    "    uint32_t cpu_id;\n"
    "};\n\n"
    "struct event_header_compact {\n"
    "    enum : uint5_t { compact = 0 ... 30, extended = 31 } id;\n"
    "    variant <id> {\n"
    "        struct {\n"
    "            uint27_clock_tsc_t timestamp;\n"
    "        } compact;\n"
    "        struct {\n"
    "            uint32_t id;\n"
    "            uint64_clock_tsc_t timestamp;\n"
    "        } extended;\n"
    "    } v;\n"
    "} align(8);\n\n"
    "stream {\n"
    "    id = 0;\n"
    "    event.header := struct event_header_compact;\n"
    "    packet.context := struct packet_context;\n"
    "};\n\n";

/* LTTng's fields of the same event, by their types, and then the reason by name. */
static const char exit_event[] = "event {\n"
                                 "    name = \"kvm_x86_exit\";\n"
                                 "    id = 1;\n"
                                 "    stream_id = 0;\n"
                                 "    fields := struct {\n"
                                 "        uint32_t _exit_reason;\n"
                                 "        hex64_t _guest_rip;\n"
                                 "        uint32_t _isa;\n"
                                 "        hex64_t _info1;\n"
                                 "        hex64_t _info2;\n"
                                 "        hex32_t _intr_info;\n"
                                 "        hex32_t _error_code;\n"
                                 "        uint32_t _vcpu_id;\n"
                                 "        enum exit_reason _basic_reason;\n"
                                 "    };\n"
                                 "};\n\n";

static const char other_events[] = "event {\n"
                                   "    name = \"vexit_marker\";\n"
                                   "    id = 3;\n"
                                   "    stream_id = 0;\n"
                                   "    fields := struct {\n"
                                   "        uint32_t _vcpu_id;\n"
                                   "        hex64_t _rbx;\n"
                                   "        hex64_t _rcx;\n"
                                   "        hex64_t _rdx;\n"
                                   "        hex64_t _rsi;\n"
                                   "    };\n"
                                   "};\n\n"
                                   "event {\n"
                                   "    name = \"vexit_lost\";\n"
                                   "    id = 4;\n"
                                   "    stream_id = 0;\n"
                                   "    fields := struct {\n"
                                   "        uint32_t _vcpu_id;\n"
                                   "        uint64_t _records;\n"
                                   "    };\n"
                                   "};\n\n"
                                   "event {\n"
                                   "    name = \"sched_switch\";\n"
                                   "    id = 5;\n"
                                   "    stream_id = 0;\n"
                                   "    fields := struct {\n"
                                   "        char_t _prev_comm[16];\n"
                                   "        int32_t _prev_tid;\n"
                                   "        int32_t _prev_prio;\n"
                                   "        int64_t _prev_state;\n"
                                   "        char_t _next_comm[16];\n"
                                   "        int32_t _next_tid;\n"
                                   "        int32_t _next_prio;\n"
                                   "    };\n"
                                   "};\n";

_Static_assert(CTF_EXIT == 1 && CTF_MARKER == 3 && CTF_LOST == 4 && CTF_SWITCH == 5 &&
                   CTF_COMM == 16 && CTF_STREAM_CLASS == 0,
               "as the texts have them");

/* A string in quotes; what a C string may not hold as it is becomes a question mark. */
static void put_string(FILE *to, const char *string)
{
    fputc('"', to);
    for (; *string; string++)
        fputc(isprint((unsigned char)*string) && !strchr("\"\\", *string) ? *string : '?', to);
    fputc('"', to);
}

static void put_head(FILE *to, const uint8_t uuid[CTF_UUID], const struct export_run *run)
{
    fputs("/* CTF 1.8 */\n\n", to);
    fputs(types, to);
    fputs("trace {\n    major = 1;\n    minor = 8;\n    uuid = \"", to);
    for (int i = 0; i < CTF_UUID; i++)
        fprintf(to, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    fputs("\";\n    byte_order = le;\n"
          "    packet.header := struct {\n"
          "        uint32_t magic;\n"
          "        uint8_t uuid[16];\n"
          "        uint32_t stream_id;\n"
          "        uint64_t stream_instance_id;\n"
          "    };\n};\n\n"
          "env {\n"
          "    hostname = \"vexit\";\n"
          "    domain = \"kernel\";\n"
          "    tracer_name = \"lttng-modules\";\n"
          "    tracer_major = 2;\n"
          "    tracer_minor = 13;\n"
          "    tracer_patchlevel = 0;\n"
          "    vexit_version = ",
          to);
    put_string(to, run->start->version);
    fputs(";\n    vexit_options = ", to);
    put_string(to, run->start->options);
    fprintf(to,
            ";\n};\n\nclock {\n    name = \"tsc\";\n    description = \"time stamp counter\";\n"
            "    freq = %" PRIu64 ";\n    offset = 0;\n};\n\n",
            run->tsc_hz);
    fputs(stream, to);
}

/* Labels, distinct ones whatever the log calls its reasons; in capitals no word of the language. */
static void make_labels(struct label label[SCHEMA_ROWS], const struct schema *schema)
{
    for (unsigned i = 0; i < SCHEMA_ROWS; i++) {
        const char *name = schema->row[i].name;
        bool taken = isdigit((unsigned char)*name) || strcasecmp(name, unknown) == 0;
        size_t n = 0;

        for (; name[n]; n++)
            label[i].text[n] =
                isalnum((unsigned char)name[n]) ? (char)toupper((unsigned char)name[n]) : '_';
        label[i].text[n] = '\0';
        for (unsigned k = 0; k < i && n; k++)
            taken |= strcmp(label[k].text, label[i].text) == 0;
        if (taken)
            snprintf(label[i].text, sizeof(label[i].text), "REASON_%u", i);
    }
}

/* Every number has a label, as one without would have no slots. */
static void put_enum(FILE *to, const struct label label[SCHEMA_ROWS])
{
    fputs("enum exit_reason : uint32_t {\n", to);
    for (unsigned i = 0; i < SCHEMA_ROWS; i++)
        fprintf(to, "    \"%s\" = %u,\n", label[i].text[0] ? label[i].text : unknown, i);
    fprintf(to, "    \"%s\" = %d ... %" PRIu32 "\n};\n\n", unknown, SCHEMA_ROWS, UINT32_MAX);
}

/* Slots 1-4 of a reason. A name that came before in the row has the slot's number behind it. */
static void put_row(FILE *to, const struct schema_row *row, const char *label)
{
    char name[2 * TRACE_SLOTS][SCHEMA_NAME + 1];
    unsigned names = 0;

    fputs("            struct { ", to);
    for (int i = 1; i < TRACE_SLOTS; i++) {
        const struct schema_slot *slot = &row->slot[i];
        bool pair = slot->kind == SLOT_PAIR32;
        bool decimal = slot->kind == SLOT_DEC || slot->kind == SLOT_TSC;

        for (int half = 0; half <= pair; half++) {
            bool taken = false;

            slot_name(name[names], half ? &slot->high : &slot->low);
            for (unsigned k = 0; k < names; k++)
                taken |= strcmp(name[k], name[names]) == 0;
            fprintf(to, "%s _%s", pair ? "hex32_t" : decimal ? "uint64_t" : "hex64_t", name[names]);
            if (taken)
                fprintf(to, "_%d%s", i, half ? "_high" : "");
            fputs("; ", to);
            names++;
        }
    }
    fprintf(to, "} %s;\n", label);
}

/* An entry or stop: the five slots; slot 0 is the full exit reason. */
static void put_slots_event(FILE *to, const char *name, enum ctf_event id,
                            const struct label label[SCHEMA_ROWS], const struct schema *schema)
{
    fprintf(to,
            "event {\n    name = \"%s\";\n    id = %d;\n    stream_id = 0;\n"
            "    fields := struct {\n"
            "        uint32_t _vcpu_id;\n"
            "        enum exit_reason _basic_reason;\n"
            "        hex32_t _reason;\n"
            "        hex8_t _written;\n"
            "        variant <_basic_reason> {\n",
            name, id);
    for (unsigned i = 0; i < SCHEMA_ROWS; i++)
        if (label[i].text[0])
            put_row(to, &schema->row[i], label[i].text);
    put_row(to, &schema->row[SCHEMA_ROWS], unknown);
    fputs("        } _slots;\n    };\n};\n\n", to);
}

void ctf_metadata_write(struct export_file *file, const uint8_t uuid[CTF_UUID],
                        const struct export_run *run)
{
    static struct label label[SCHEMA_ROWS];
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);

    if (!to) {
        export_fail(file->path, file->failed);
        return;
    }
    make_labels(label, run->schema);
    put_head(to, uuid, run);
    put_enum(to, label);
    put_slots_event(to, "kvm_x86_entry", CTF_ENTRY, label, run->schema);
    fputs(exit_event, to);
    put_slots_event(to, "vexit_stop", CTF_STOP, label, run->schema);
    fputs(other_events, to);
    fclose(to);
    export_file_write(file, text, n);
    free(text);
}
