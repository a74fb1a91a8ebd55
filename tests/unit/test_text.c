/* sources: trace */
/* SPDX-License-Identifier: MIT */
/* Readable lines: their exact form, the way back, the wrapping for the wire. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/synthetic.h"
#include "tests/unit/tap.h"
#include "trace/exit_reasons.h"
#include "trace/text.h"

static uint64_t seed = 3;

static const struct trace_element cpuid = {
    .exit_tsc = 1250,
    .entry_tsc = 1420,
    .reason = EXIT_REASON_CPUID,
    .written = 0x1f,
    .rip = 0x401000,
    .slot = { EXIT_REASON_CPUID, 1, 0, UINT64_C(0x800000806e9), UINT64_C(0xbfebfbff77faf3bf) },
};

static void shows(const struct trace_element *element, unsigned flags, const char *want)
{
    char buf[TEXT_ELEMENT_MAX];
    size_t n = text_element(buf, sizeof(buf), element, flags);

    if (!ok(n == strlen(want) && !strcmp(buf, want), "%.*s", (int)strcspn(want, "\n"), want))
        printf("# got %s", buf);
}

static void test_form(void)
{
    struct trace_element e = cpuid;

    shows(&e, 0,
          "1250 vcpu0 exit CPUID rip=0x401000\n"
          "1420 vcpu0 entry CPUID leaf=0x1 subleaf=0x0 eax=0x806e9 ebx=0x800 ecx=0x77faf3bf "
          "edx=0xbfebfbff\n");
    e.written = 3;
    shows(&e, TEXT_NO_TIME, "vcpu0 exit CPUID rip=0x401000\nvcpu0 entry CPUID leaf=0x1\n");
    e = (struct trace_element){ .exit_tsc = 7,
                                .entry_tsc = 9,
                                .reason = EXIT_REASON_RDTSC,
                                .written = 3,
                                .vcpu = 12,
                                .slot = { 16, 8 } };
    shows(&e, 0, "7 vcpu12 exit RDTSC rip=0x0\n9 vcpu12 entry RDTSC value=8\n");
    shows(&e, TEXT_NO_TIME, "vcpu12 exit RDTSC rip=0x0\nvcpu12 entry RDTSC value=*\n");
    e = (struct trace_element){ .exit_tsc = 7,
                                .reason = 0x80000021,
                                .kind = TRACE_EXIT_ONLY,
                                .written = 1,
                                .rip = ~UINT64_C(0) };
    shows(&e, 0,
          "7 vcpu0 exit ENTRY_GUEST_STATE rip=0xffffffffffffffff qualification=0x0 "
          "reason=0x80000021\n7 vcpu0 stop ENTRY_GUEST_STATE\n");
    e = (struct trace_element){ .exit_tsc = 7, .entry_tsc = 8, .reason = 300, .written = 0x11 };
    shows(&e, 0, "7 vcpu0 exit UNKNOWN rip=0x0 reason=0x12c\n8 vcpu0 entry UNKNOWN s4=0x0\n");
    e = (struct trace_element){
        .exit_tsc = 7, .kind = TRACE_MARKER, .written = 0xf, .slot = { 1, 2, 3, 4 }
    };
    shows(&e, 0, "7 vcpu0 marker rbx=0x1 rcx=0x2 rdx=0x3 rsi=0x4\n");
    e = (struct trace_element){ .exit_tsc = 7, .kind = TRACE_LOST, .written = 1, .slot = { 77 } };
    shows(&e, 0, "7 vcpu0 lost count=77\n");
}

/* Reads the lines of an element back. Returns false where they do not make one. */
static bool read_back(const char *text, struct trace_element *element)
{
    enum text_kind kind = TEXT_HALF;
    const char *rest;
    size_t rest_length;

    *element = (struct trace_element){ 0 };
    while (*text) {
        size_t n = strcspn(text, "\n");

        if (kind != TEXT_HALF)
            return false;
        kind = text_parse(text, n, element, &rest, &rest_length);
        text += n + 1;
    }
    return kind == TEXT_ELEMENT;
}

static struct trace_element random_element(void)
{
    static const uint32_t flag[] = { 0, 0, 0, 0x80000000, 1 << 27, 0x12340000, 77 };
    struct trace_element e = {
        .exit_tsc = random_wild(&seed),
        .kind = (uint8_t)random_below(&seed, TRACE_KINDS),
        .vcpu = (uint16_t)random_below(&seed, 65536),
    };

    if (e.kind == TRACE_LOST) {
        e.written = 1;
        e.slot[0] = random_wild(&seed);
        return e;
    }
    if (e.kind == TRACE_MARKER) {
        e.written = (uint8_t)random_below(&seed, 16);
    } else {
        e.reason = (uint32_t)random_below(&seed, 80) | flag[random_below(&seed, 7)];
        e.written = (uint8_t)(random_below(&seed, 32) | 1);
        e.rip = random_wild(&seed);
        e.qualification = random_below(&seed, 2) ? random_wild(&seed) : 0;
    }
    if (e.kind == TRACE_EXIT_ENTRY)
        e.entry_tsc = random_wild(&seed);
    for (unsigned i = 0; i < TRACE_SLOTS; i++)
        e.slot[i] = e.written >> i & 1 ? random_wild(&seed) : 0;
    if (e.kind <= TRACE_EXIT_ONLY)
        e.slot[0] = e.reason;
    return e;
}

static void test_round_trip(void)
{
    char buf[TEXT_ELEMENT_MAX], small[TEXT_ELEMENT_MAX];
    unsigned same = 0, tight = 0, rounds = 20000;

    for (unsigned i = 0; i < rounds; i++) {
        struct trace_element e = random_element(), got;
        size_t n = text_element(buf, sizeof(buf), &e, 0);

        same += n && read_back(buf, &got) && !memcmp(&e, &got, sizeof(e));
        tight += text_element(small, n + 1, &e, 0) == n && text_element(small, n, &e, 0) == 0;
    }
    is(same, rounds, "random elements come back from their lines");
    is(tight, rounds, "a line needs its length and a NUL, and no less");
}

static void test_longest(void)
{
    char buf[TEXT_ELEMENT_MAX];
    size_t longest = 0;

    for (uint32_t reason = 0; reason < 80; reason++) {
        struct trace_element e = { .reason = reason | 0xffff0000, .written = 0xff, .vcpu = 65535 };

        e.rip = e.qualification = e.exit_tsc = e.entry_tsc = UINT64_MAX;
        memset(e.slot, 0xff, sizeof(e.slot));

        size_t n = text_element(buf, sizeof(buf), &e, 0);

        longest = n > longest ? n : longest;
        if (!n)
            longest = sizeof(buf);
    }
    ok(longest < sizeof(buf), "the longest element has %zu characters of %zu", longest,
       sizeof(buf));
}

/* Every line cut short or with one character changed either is refused or reads as what it says. */
static void test_malformed(void)
{
    static const char *const line[] = {
        "",
        "1",
        "1 ",
        "1 vcpu0",
        "1 vcpu0 ",
        "1 vcpu0 exit",
        "1 vcpu0 exit ",
        "1 vcpu0 exit CPUID",
        "1 vcpu0 exit CPUID rip=",
        "1 vcpu0 exit CPUID rip=0x",
        "1 vcpu0 exit CPUID rip=0x1 ",
        "1 vcpu0 exit CPUI rip=0x1",
        "1 vcpu0 exit CPUIDX rip=0x1",
        "1 vcpu99999 exit CPUID rip=0x1",
        "1 vcpu0 exit CPUID rip=0x1 reason=0xb",
        "1 vcpu0 exit UNKNOWN rip=0x1",
        "1 vcpu0 exit CPUID rip=0x11111111111111111",
        "1 vcpu0 entry CPUID",
        "1 vcpu0 stop CPUID",
        "1 vcpu0 lost",
        "1 vcpu0 lost count=",
        "1 vcpu0 lost count=1 2",
        "1 vcpu0 marker rcx",
        "vcpu0 exit CPUID rip=0x1",
        "99999999999999999999999 vcpu0 lost count=1",
        "hello",
    };
    struct trace_element e = { 0 };
    const char *rest;
    size_t rest_length;

    for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++)
        is(text_parse(line[i], strlen(line[i]), &e, &rest, &rest_length), TEXT_UNKNOWN,
           "refused: \"%s\"", line[i]);

    struct trace_element open = { 0 };
    const char *first = "1 vcpu0 exit CPUID rip=0x1", *other = "2 vcpu0 entry HLT",
               *second = "2 vcpu0 entry CPUID leaf=0x7";

    is(text_parse(first, strlen(first), &open, &rest, &rest_length), TEXT_HALF, "an exit line");
    is(text_parse(other, strlen(other), &open, &rest, &rest_length), TEXT_UNKNOWN,
       "another reason's entry does not complete it");
    is(text_parse(second, strlen(second), &open, &rest, &rest_length), TEXT_ELEMENT,
       "its own entry does, after that");
    ok(open.entry_tsc == 2 && open.slot[1] == 7 && open.written == 3, "and brings its values");
    is(text_parse(second, strlen(second), &open, &rest, &rest_length), TEXT_UNKNOWN,
       "a second entry does not");
    is(text_vcpu("5 vcpu7 exit", 12), 7, "the vCPU of a record line");
    is(text_vcpu("statistics vcpu9 CPUID", 22), 9, "the vCPU of a statistics line");
    is(text_vcpu("end status=0", 12), -1, "no vCPU in an end line");
    is(text_parse("end status=0", 12, &open, &rest, &rest_length), TEXT_END, "an end line");
    ok(rest_length == 8 && !memcmp(rest, "status=0", 8), "and its rest");
}

static void test_garbage(void)
{
    static const char *const part[] = { "vcpu",  "0",           " ",     "exit ",   "CPUID",
                                        "rip=",  "0x",          "=",     "1",       "entry ",
                                        "stop ", "marker",      "lost",  "count=",  "~",
                                        "leaf=", "statistics ", "RDTSC", "reason=", "eax=0x1" };
    struct trace_element e = { 0 };
    static struct statistics statistics;

    for (unsigned i = 0; i < 200000; i++) {
        char buf[128];
        size_t n = 0, rest_length;
        const char *rest;
        uint16_t vcpu;

        for (uint64_t k = random_below(&seed, 12); k; k--) {
            const char *p = part[random_below(&seed, 20)];

            memcpy(buf + n, p, strlen(p));
            n += strlen(p);
        }
        if (n && !random_below(&seed, 4))
            buf[random_below(&seed, n)] = (char)random_next(&seed);

        char *exact = malloc(n ? n : 1);

        memcpy(exact, buf, n);
        text_parse(exact, n, &e, &rest, &rest_length);
        text_vcpu(exact, n);
        text_parse_statistics(exact, n, &vcpu, &statistics);
        free(exact);
    }
    ok(true, "garbage made of the right words is survived");
}

static void test_wire(void)
{
    char buf[TEXT_ELEMENT_MAX + TEXT_WIRE_OVERHEAD], copy[sizeof(buf)];
    const char *line = "1250 vcpu0 exit CPUID rip=0x401000", *inner;
    uint8_t sequence = 255, got = 0;
    size_t length, n = text_wire_line(buf, sizeof(buf), &sequence, line, strlen(line));
    unsigned unnoticed = 0;

    ok(n == strlen(line) + TEXT_WIRE_OVERHEAD - 1 && !strncmp(buf + n - 9, "~ff", 3) &&
           !strcmp(buf + n - 2, "\r\n"),
       "a wrapped line");
    is(sequence, 0, "the line number wraps");
    for (size_t end = n; end >= n - 2; end--)
        ok(text_unwrap(buf, end, &got, &inner, &length) == TEXT_GOOD && got == 255 &&
               length == strlen(line) && !memcmp(inner, line, length),
           "and its line, of %zu", end);
    is(text_unwrap("hello~", 6, &got, &inner, &length), TEXT_PLAIN, "a plain line");
    is(text_unwrap("", 0, &got, &inner, &length), TEXT_PLAIN, "an empty line");
    for (size_t end = 1; end < n - 2; end++)
        unnoticed += text_unwrap(buf, end, &got, &inner, &length) != TEXT_DAMAGED;
    is(unnoticed, 0, "a line cut anywhere is damaged");
    for (size_t begin = 1; begin < n - 10; begin++)
        unnoticed += text_unwrap(buf + begin, n - begin, &got, &inner, &length) != TEXT_DAMAGED;
    is(unnoticed, 0, "so is one without its beginning");
    memcpy(copy, buf, n);
    for (size_t bit = 0; bit < 8 * (n - 2); bit++) {
        copy[bit / 8] ^= (char)(1 << bit % 8);
        unnoticed += text_unwrap(copy, n, &got, &inner, &length) != TEXT_DAMAGED;
        copy[bit / 8] ^= (char)(1 << bit % 8);
    }
    is(unnoticed, 0, "and one with any bit flipped");
    is(text_wire_line(copy, n, &sequence, line, strlen(line)), 0, "no room, no line");
    is(sequence, 0, "and no number used up");
}

/* The longest line: the checksum's sixteen bits see a flipped bit anywhere in it. */
static void test_long_wire(void)
{
    char line[TEXT_ELEMENT_MAX], buf[TEXT_ELEMENT_MAX + TEXT_WIRE_OVERHEAD];
    const char *inner;
    uint8_t sequence = 0, got;
    unsigned unnoticed = 0;
    size_t length, n;

    memset(line, 'x', sizeof(line));
    n = text_wire_line(buf, sizeof(buf), &sequence, line, sizeof(line));
    ok(n > 0, "the longest line is wrapped");
    for (size_t bit = 0; bit < 8 * (n - 2); bit++) {
        buf[bit / 8] ^= (char)(1 << bit % 8);
        unnoticed += text_unwrap(buf, n, &got, &inner, &length) == TEXT_GOOD;
        buf[bit / 8] ^= (char)(1 << bit % 8);
    }
    is(unnoticed, 0, "any flipped bit in it is noticed");
}

static void test_statistics(void)
{
    static char buf[TEXT_STATISTICS_MAX];
    static struct statistics statistics, got;
    struct synthetic s = { .random = 4, .jitter = 300 };
    bool good = true;
    uint16_t vcpu = 0;

    statistics_clear(&statistics);
    statistics_clear(&got);
    for (unsigned i = 0; i < 20000; i++) {
        struct trace_element e;

        synthetic_next(&s, &e);
        statistics_add(&statistics, e.reason, e.entry_tsc - e.exit_tsc);
    }
    statistics_add(&statistics, 40000, 0);
    statistics_add(&statistics, 75, UINT64_MAX);
    ok(text_statistics(buf, sizeof(buf), 6, &statistics) > 0, "statistics as lines");
    for (char *line = buf; *line; line += strcspn(line, "\n") + 1)
        good &= text_parse_statistics(line, strcspn(line, "\n"), &vcpu, &got) && vcpu == 6;
    ok(good && !memcmp(&statistics, &got, sizeof(got)), "and back");
    is(text_statistics(buf, 100, 6, &statistics), 0, "no room, no statistics");
    statistics_clear(&statistics);
    statistics_add(&statistics, EXIT_REASON_CPUID, 150);
    statistics_add(&statistics, EXIT_REASON_CPUID, 300);
    text_statistics(buf, sizeof(buf), 0, &statistics);
    ok(!strcmp(buf, "statistics vcpu0 CPUID count=2 sum=450 min=150 max=300 buckets=7:1,1\n"),
       "the form of a statistics line");
}

int main(void)
{
    test_form();
    test_round_trip();
    test_longest();
    test_malformed();
    test_garbage();
    test_wire();
    test_long_wire();
    test_statistics();
    return tap_done();
}
