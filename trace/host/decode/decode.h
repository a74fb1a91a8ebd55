/* SPDX-License-Identifier: MIT */
/* What `vexit decode` was asked for, and the forms in which it prints an element. */
#ifndef TRACE_HOST_DECODE_DECODE_H
#define TRACE_HOST_DECODE_DECODE_H

#include <stdbool.h>

#include "trace/host/log/log_command.h"
#include "trace/host/show/columns.h"
#include "trace/host/show/filter.h"
#include "trace/host/show/json.h"
#include "trace/host/show/schema.h"
#include "trace/host/symbols/symbols.h"

struct decode {
    struct log_options log;
    struct filter filter;
    bool no_time;
    bool no_text;
    bool names;             /* what values mean stands behind the lines */
    struct symbols symbols; /* of the guest's images */
    bool json;              /* one object a line */
    bool fields;            /* columns, one line an exit */
    struct columns columns;
    bool resolved;    /* the columns are those of the run's schema */
    bool failed;      /* the options do not fit the log: told on standard error */
    const char *name; /* of the log, for the verdict */
    struct schema schema;
    struct json writer;
    struct output output;
};

/* As lines, with names behind them where they are wanted. */
void decode_lines(struct decode *decode, const struct trace_element *element);

/* The columns of an exit, separated by tabs; other elements have none. */
void decode_fields(struct decode *decode, const struct trace_element *element);

/* As an object. */
void decode_json(struct decode *decode, const struct trace_element *element);

/* The other things of a log as objects: a line of text, a note, the VMM's statistics. */
void decode_json_line(struct decode *decode, const char *key, const char *line, size_t n);
void decode_json_statistics(struct decode *decode, uint16_t vcpu,
                            const struct statistics *statistics);

/* START and END payloads: {"start":{"version":"0.1.0",...}}. Lines of slots are left out. */
void decode_json_payload(struct decode *decode, const char *key, const char *payload, size_t n);

#endif
