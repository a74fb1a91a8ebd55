/* sources: trace trace/host/show/json.c trace/host/show/utf8.c trace/host/show/output.c */
/* SPDX-License-Identifier: MIT */
/* JSON: separators, escapes, numbers. */
#include <math.h>
#include <string.h>

#include "tests/unit/tap.h"
#include "trace/host/show/json.h"

static struct output output;
static struct json json;

static void begin(void)
{
    output.used = 0;
    json_begin(&json, &output);
}

static bool wrote(const char *expected)
{
    output.buffer[output.used] = '\0';
    if (strcmp(output.buffer, expected) == 0)
        return true;
    printf("# got %s\n", output.buffer);
    return false;
}

static void test_structure(void)
{
    begin();
    json_begin_object(&json);
    json_key(&json, "a");
    json_unsigned(&json, 1);
    json_key(&json, "b");
    json_begin_array(&json);
    json_bool(&json, true);
    json_null(&json);
    json_begin_object(&json);
    json_end_object(&json);
    json_begin_array(&json);
    json_end_array(&json);
    json_end_array(&json);
    json_key(&json, "c");
    json_string(&json, "");
    json_end_object(&json);
    json_newline(&json);
    json_unsigned(&json, 2);
    ok(wrote("{\"a\":1,\"b\":[true,null,{},[]],\"c\":\"\"}\n2"), "objects, arrays, lines");
}

static void test_numbers(void)
{
    begin();
    json_begin_array(&json);
    json_unsigned(&json, UINT64_MAX);
    json_hex(&json, UINT64_MAX);
    json_hex(&json, 0);
    json_real(&json, 0.12345, 3);
    json_real(&json, NAN, 3);
    json_end_array(&json);
    ok(wrote("[18446744073709551615,\"0xffffffffffffffff\",\"0x0\",0.123,null]"), "numbers");
}

static bool escapes(const char *bytes, size_t n, const char *expected)
{
    begin();
    json_bytes(&json, bytes, n);
    return wrote(expected);
}

static void test_strings(void)
{
    ok(escapes("\"\\/\n\r\t\x01\x1b\x7f", 9, "\"\\\"\\\\/\\n\\r\\t\\u0001\\u001b\\u007f\""),
       "characters with a meaning");
    ok(escapes("a\0b", 3, "\"a\\u0000b\""), "a NUL");
    ok(escapes("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
               "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""),
       "UTF-8 stands for itself");
    ok(escapes("\xe2\x82", 2, "\"\\u00e2\\u0082\""), "a character that is cut off");
    ok(escapes("\xff\xc0\xaf", 3, "\"\\u00ff\\u00c0\\u00af\""), "bytes that are no UTF-8");
    ok(escapes("\xed\xa0\x80", 3, "\"\\u00ed\\u00a0\\u0080\""), "a surrogate is none");
    ok(escapes("\xf4\x90\x80\x80", 4, "\"\\u00f4\\u0090\\u0080\\u0080\""), "beyond Unicode");
    ok(escapes("\xe0\x80\x80", 3, "\"\\u00e0\\u0080\\u0080\""), "longer than it need be");
}

int main(void)
{
    test_structure();
    test_numbers();
    test_strings();
    return tap_done();
}
