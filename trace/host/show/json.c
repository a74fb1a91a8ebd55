/* SPDX-License-Identifier: MIT */
/* Writes JSON. */
#include "trace/host/show/json.h"

#include <math.h>
#include <string.h>

#include "trace/host/show/utf8.h"
#include "trace/put.h"

static void bytes_out(struct json *json, const char *bytes, size_t n)
{
    output_bytes(json->output, bytes, n);
}

static void char_out(struct json *json, char c)
{
    *output_room(json->output, 1) = c;
    output_advance(json->output, 1);
}

/* What must stand before the next value of an array, or the next key of an object. */
static void separate(struct json *json)
{
    if (json->keyed)
        json->keyed = false;
    else if (json->filled[json->depth])
        char_out(json, ',');
    json->filled[json->depth] = true;
}

static void open(struct json *json, char bracket)
{
    separate(json);
    char_out(json, bracket);
    if (json->depth < JSON_DEPTH)
        json->depth++;
    json->filled[json->depth] = false;
}

static void shut(struct json *json, char bracket)
{
    if (json->depth)
        json->depth--;
    char_out(json, bracket);
}

void json_begin_object(struct json *json)
{
    open(json, '{');
}

void json_end_object(struct json *json)
{
    shut(json, '}');
}

void json_begin_array(struct json *json)
{
    open(json, '[');
}

void json_end_array(struct json *json)
{
    shut(json, ']');
}

/* A character that may not stand for itself. */
static void put_escape(struct json *json, unsigned char c)
{
    static const char letters[] = "\"\"\\\\\nn\rr\tt";

    for (const char *l = letters; *l; l += 2)
        if ((unsigned char)*l == c) {
            bytes_out(json, (const char[]){ '\\', l[1] }, 2);
            return;
        }
    output_print(json->output, "\\u%04x", c);
}

static void put_quoted(struct json *json, const char *bytes, size_t n)
{
    char_out(json, '"');
    while (n) {
        const unsigned char *p = (const unsigned char *)bytes;
        size_t length = utf8_length(bytes, n);

        if (length == 0 || *p < 0x20 || *p == '"' || *p == '\\' || *p == '<' || *p == 0x7f) {
            put_escape(json, *p);
            length = 1;
        } else {
            bytes_out(json, bytes, length);
        }
        bytes += length;
        n -= length;
    }
    char_out(json, '"');
}

void json_key(struct json *json, const char *key)
{
    separate(json);
    put_quoted(json, key, strlen(key));
    char_out(json, ':');
    json->keyed = true;
}

void json_bytes(struct json *json, const char *bytes, size_t n)
{
    separate(json);
    put_quoted(json, bytes, n);
}

void json_string(struct json *json, const char *string)
{
    json_bytes(json, string, strlen(string));
}

/* A number's text, put together without a format string: exports write millions. */
enum { NUMBER_ROOM = 32 };

void json_unsigned(struct json *json, uint64_t value)
{
    struct put number;

    separate(json);
    put_begin(&number, output_room(json->output, NUMBER_ROOM), NUMBER_ROOM);
    put_decimal(&number, value);
    output_advance(json->output, put_end(&number));
}

void json_hex(struct json *json, uint64_t value)
{
    struct put number;

    separate(json);
    put_begin(&number, output_room(json->output, NUMBER_ROOM), NUMBER_ROOM);
    put_char(&number, '"');
    put_hex(&number, value);
    put_char(&number, '"');
    output_advance(json->output, put_end(&number));
}

void json_real(struct json *json, double value, int digits)
{
    separate(json);
    if (isfinite(value))
        output_print(json->output, "%.*f", digits, value);
    else
        bytes_out(json, "null", 4);
}

void json_bool(struct json *json, bool value)
{
    separate(json);
    output_print(json->output, "%s", value ? "true" : "false");
}

void json_null(struct json *json)
{
    separate(json);
    bytes_out(json, "null", 4);
}

void json_newline(struct json *json)
{
    char_out(json, '\n');
    json->filled[json->depth] = false;
}
