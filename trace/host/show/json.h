/* SPDX-License-Identifier: MIT */
/*
 * Writes JSON (RFC 8259) to an output: commas, quotes and escapes are put where they belong. The
 * caller keeps begin and end in pairs, and gives a key before each value of an object. What is
 * written may stand in an HTML script element: no `<' stands for itself.
 */
#ifndef TRACE_HOST_SHOW_JSON_H
#define TRACE_HOST_SHOW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/show/output.h"

enum { JSON_DEPTH = 32 }; /* objects and arrays that may be open at once */

struct json {
    struct output *output;
    unsigned depth;
    bool filled[JSON_DEPTH + 1]; /* by depth: whether a value stands there already */
    bool keyed;                  /* a key was written, and its value comes */
};

/* Starts a value at the place where the output stands. */
static inline void json_begin(struct json *json, struct output *output)
{
    *json = (struct json){ .output = output };
}

void json_begin_object(struct json *json);
void json_end_object(struct json *json);
void json_begin_array(struct json *json);
void json_end_array(struct json *json);

/* The name of the value that comes next in an object: escaped as json_string() does. */
void json_key(struct json *json, const char *key);

/*
 * n bytes of any kind. What is no UTF-8 stands as \u00NN, byte by byte, so that the result is
 * always valid and tells which bytes there were.
 */
void json_bytes(struct json *json, const char *bytes, size_t n);

/* The same for a string. */
void json_string(struct json *json, const char *string);

/* A number, all its digits; readers that hold numbers as doubles are exact up to 2^53. */
void json_unsigned(struct json *json, uint64_t value);

/* A string "0x1f": for addresses and registers, which are often beyond 2^53. */
void json_hex(struct json *json, uint64_t value);

/* A number with this many digits after the point; null where it is not finite. */
void json_real(struct json *json, double value, int digits);

void json_bool(struct json *json, bool value);
void json_null(struct json *json);

/* Members of an object: a key with its value. */
static inline void json_member_unsigned(struct json *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_unsigned(json, value);
}

static inline void json_member_hex(struct json *json, const char *key, uint64_t value)
{
    json_key(json, key);
    json_hex(json, value);
}

static inline void json_member_string(struct json *json, const char *key, const char *value)
{
    json_key(json, key);
    json_string(json, value);
}

/* Ends a line, and begins the next value: for one object a line. */
void json_newline(struct json *json);

#endif
