/* sources: trace */
/* longest: 600 */
/* SPDX-License-Identifier: MIT */
/*
 * Record lines, wrapped or not. An element that can be read is written again, and must come back;
 * so must a row of statistics.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/element.h"
#include "trace/text.h"

static void write_again(const struct trace_element *element)
{
    char text[TEXT_ELEMENT_MAX];
    struct trace_element again = { 0 };
    enum text_kind kind = TEXT_HALF;
    const char *rest;
    size_t rest_length;

    FUZZ_REQUIRE(text_element(text, sizeof(text), element, 0));
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        kind = text_parse(line, strcspn(line, "\n"), &again, &rest, &rest_length);
    FUZZ_REQUIRE(kind == TEXT_ELEMENT && element_equal(element, &again));
}

static void try_statistics(const char *line, size_t n)
{
    static struct statistics statistics, again;
    static char text[TEXT_STATISTICS_MAX];
    uint16_t vcpu;

    statistics_clear(&statistics);
    if (!text_parse_statistics(line, n, &vcpu, &statistics))
        return;
    FUZZ_REQUIRE(text_vcpu(line, n) == vcpu);
    statistics_clear(&again);
    n = text_statistics(text, sizeof(text), vcpu, &statistics);
    if (n)
        FUZZ_REQUIRE(text_parse_statistics(text, n - 1, &vcpu, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = text + size, *inner, *rest;
    struct trace_element element = { 0 };
    size_t length, rest_length;
    uint8_t number;

    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t n = newline ? (size_t)(newline - text) : (size_t)(end - text);

        if (text_unwrap(text, n, &number, &inner, &length) == TEXT_GOOD)
            FUZZ_REQUIRE(inner > text && inner + length < text + n);
        if (text_parse(text, n, &element, &rest, &rest_length) == TEXT_ELEMENT) {
            write_again(&element);
            element = (struct trace_element){ 0 };
        }
        try_statistics(text, n);
        text += newline ? n + 1 : n;
    }
    return 0;
}
