/* sources: trace trace/host/live/live_model.c trace/host/live/rates.c trace/host/live/slowest.c trace/host/live/live_words.c trace/host/live/controls.c trace/host/show/schema.c trace/host/show/record_line.c */
/* SPDX-License-Identifier: MIT */
/* What `vexit live' shows, without a screen: rates, slowest exits, text; what keys do. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/live/controls.h"
#include "trace/host/live/live_model.h"
#include "trace/host/live/live_words.h"

enum { HZ = 1000000 };

static struct live_model model;

static struct trace_element exit_at(uint64_t tsc, uint32_t reason, uint64_t took)
{
    return (struct trace_element){
        .exit_tsc = tsc,
        .entry_tsc = tsc + took,
        .reason = reason,
        .written = 3,
        .rip = 0x1000,
        .slot = { reason, 5 },
    };
}

static void take(uint64_t tsc, uint32_t reason, uint64_t took)
{
    struct trace_element element = exit_at(tsc, reason, took);

    live_element(&model, &element, 1);
}

static void begin(uint64_t tsc_hz)
{
    struct trace_start start = { .version = "1", .tsc_hz = tsc_hz, .vcpus = 1 };

    live_begin(&model);
    live_start(&model, &start, "", 0);
}

static void test_rates(void)
{
    static struct rates rates;

    rates_begin(&rates, HZ);
    ok(rates_span(&rates) == 0 && rates_per_second(&rates, 1) == 0, "no rate before anything came");
    rates_add(&rates, 1, 5 * HZ, 10);
    ok(rates_per_second(&rates, 1) == 0, "nor of one event");
    for (uint64_t i = 1; i <= 1000; i++)
        rates_add(&rates, 1, 5 * HZ + i * HZ / 100, 10);
    ok(rates_per_second(&rates, 1) > 99 && rates_per_second(&rates, 1) < 101,
       "a hundred a second: %f", rates_per_second(&rates, 1));
    ok(rates_span(&rates) > 3 * HZ && rates_span(&rates) <= 4 * HZ, "over the last seconds");
    is(rates_took(&rates, 1), 10 * rates_count(&rates, 1), "and how long they took");

    uint64_t count = rates_count(&rates, 1), last = rates.last;

    rates_add(&rates, 1, 5 * HZ, 10);
    rates_add(&rates, 1, last - 4 * HZ, 10);
    is(rates_count(&rates, 1), count, "what is too old is passed over");
    rates_add(&rates, 1, last - HZ, 10);
    is(rates_count(&rates, 1), count + 1, "what is a little late is counted");
    rates_add(&rates, 2, last + 100 * HZ, 1);
    ok(rates_count(&rates, 1) == 0 && rates_count(&rates, 2) == 1, "after a pause all is anew");
    rates_add(&rates, 2, UINT64_MAX, 1);
    rates_add(&rates, 2, 0, 1);
    is(rates_count(&rates, 2), 1, "any time may come");
    rates_begin(&rates, 1);
    rates_add(&rates, 0, 3, 1);
    rates_add(&rates, 0, 5, 1);
    ok(rates_per_second(&rates, 0) == 1, "a clock of one tick a second");
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a < b) - (a > b);
}

static void test_slowest(void)
{
    enum { MANY = 1000 };
    static struct slowest slowest;
    static uint64_t times[MANY];
    uint64_t random = 1;
    bool same = true;

    for (unsigned i = 0; i < MANY; i++) {
        struct trace_element element = exit_at(i, 10, random_below(&random, 500));

        times[i] = slowest_time(&element);
        slowest_add(&slowest, &element);
    }
    qsort(times, MANY, sizeof(times[0]), compare);
    for (unsigned i = 0; i < SLOWEST_MAX; i++)
        same = same && slowest_time(&slowest.element[i]) == times[i] &&
               (!i || times[i] != times[i - 1] ||
                slowest.element[i].exit_tsc > slowest.element[i - 1].exit_tsc);
    ok(same && slowest.count == SLOWEST_MAX, "the slowest of many, in order");

    struct trace_element last = slowest.element[SLOWEST_MAX - 1];

    last.exit_tsc += 1000;
    last.entry_tsc += 1000;
    slowest_add(&slowest, &last);
    ok(slowest.element[SLOWEST_MAX - 1].exit_tsc == last.exit_tsc - 1000,
       "of equals the earliest stay");
}

static void test_rows(void)
{
    unsigned rows[LIVE_ROWS];
    static struct slowest slowest;

    begin(HZ);
    take(HZ, EXIT_REASON_CPUID, 290);
    take(HZ + 1000, EXIT_REASON_HLT, 500);
    take(HZ + 2000, EXIT_REASON_CPUID, 100);
    take(HZ + 3000, EXIT_REASON_CPUID, 100);
    take(HZ + 4000, 0xffff, 50);
    ok(live_sorted(&model, LIVE_BY_COUNT, "", rows) == 3 && rows[0] == EXIT_REASON_CPUID &&
           rows[1] == EXIT_REASON_HLT && rows[2] == SCHEMA_ROWS,
       "by count; equal ones by name");
    ok(live_sorted(&model, LIVE_BY_TIME, "", rows) == 3 && rows[0] == EXIT_REASON_HLT &&
           rows[2] == SCHEMA_ROWS,
       "by time");
    ok(live_sorted(&model, LIVE_BY_MAX, "", rows) == 3 && rows[0] == EXIT_REASON_HLT, "by slowest");
    ok(live_sorted(&model, LIVE_BY_NAME, "", rows) == 3 && rows[0] == EXIT_REASON_CPUID, "by name");
    ok(live_sorted(&model, LIVE_BY_RATE, "", rows) == 3 && rows[0] == EXIT_REASON_CPUID, "by rate");
    ok(live_sorted(&model, LIVE_BY_RATE, "puI", rows) == 1 && rows[0] == EXIT_REASON_CPUID,
       "those with a pattern in their names, in whatever case");
    is(live_sorted(&model, LIVE_BY_RATE, "cpuidx", rows), 0, "or none");
    live_slowest(&model, rows, live_sorted(&model, LIVE_BY_RATE, "", rows), &slowest);
    ok(slowest.count == 5 && slowest_time(&slowest.element[0]) == 500 &&
           slowest_time(&slowest.element[1]) == 290,
       "the slowest of all");
    ok(model.exits == 5 && model.vcpus == 1, "their number");
    live_reset(&model);
    ok(live_sorted(&model, LIVE_BY_RATE, "", rows) == 0 && model.started, "reset: none, same run");
}

static void test_runs(void)
{
    struct trace_element stop = { .kind = TRACE_EXIT_ONLY, .reason = 18, .written = 1 };

    begin(0);
    take(5, EXIT_REASON_CPUID, 3);
    is(model.rates.hz, 1000, "TSC frequency not known: rates by time of arrival");
    live_element(&model, &stop, 2);
    ok(model.exits == 2 && model.row[18].timed == 0, "the last exit has no time");
    ok(!live_silent(&model, 1000) && live_silent(&model, 2 + LIVE_SILENT_MS), "silence");
    live_run_end(&model);
    ok(model.exits == 2 && model.over, "a run that is over is still seen");
    take(5, EXIT_REASON_HLT, 3);
    ok(model.exits == 1 && !model.started && model.runs == 1, "until the next one, without START");
    begin(HZ);
    ok(model.started && model.exits == 0, "or with");
}

static void test_text(void)
{
    live_begin(&model);
    for (unsigned i = 0; i < LIVE_LINES + 1; i++)
        live_text(&model, "a", 1);
    live_text(&model, "x\ty\x1b[2J\xff", 8);
    ok(strcmp(model.line[model.lines - 1 - LIVE_LINES], "x y\\x1b[2J\\xff") == 0,
       "nothing that a terminal acts on: %s", model.line[1]);

    char wide[2 * LIVE_LINE];

    memset(wide, '\x1b', sizeof(wide));
    live_text(&model, wide, sizeof(wide));
    ok(strlen(model.line[2]) <= LIVE_LINE && strlen(model.line[2]) > LIVE_LINE - 4,
       "a long line is cut");
    live_note(&model, "missing: frame 4");
    ok(strcmp(model.note, "missing: frame 4") == 0 && model.notes == 1, "notes");
}

static void test_words(void)
{
    static const struct {
        double number;
        const char *count, *time;
    } cases[] = {
        { 0, "0", "0.00ns" },
        { 7, "7", "7.00ns" },
        { 999, "999", "999ns" },
        { 999.6, "1.00k", "1.00us" },
        { 12345, "12.3k", "12.3us" },
        { 999949, "1.00M", "1.00ms" },
        { 4.56e9, "4.56G", "4.56s" },
        { 1.5e12, "1.50T", "1500s" },
        { 1e22, "10000E", "10000000000000s" },
    };
    char text[LIVE_FIGURE], words[LIVE_EXIT];
    struct trace_element element = exit_at(1, EXIT_REASON_CPUID, 3);

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ok(strcmp(live_count(text, cases[i].number), cases[i].count) == 0, "%g: %s",
           cases[i].number, text);
        ok(strcmp(live_time(text, cases[i].number, 1000000000), cases[i].time) == 0, "%g ns: %s",
           cases[i].number, text);
    }
    schema_begin(&model.schema);
    live_exit(words, &model.schema, &element);
    ok(strcmp(words, "vcpu0 CPUID rip=0x1000 leaf=0x5") == 0, "%s", words);
    element.written = 1;
    element.kind = TRACE_EXIT_ONLY;
    live_exit(words, &model.schema, &element);
    ok(strcmp(words, "vcpu0 CPUID rip=0x1000") == 0, "%s", words);
}

static enum live_wish type(struct live_controls *controls, const char *keys)
{
    enum live_wish wish = LIVE_NOTHING;

    for (; *keys; keys++)
        wish = controls_key(controls, *keys == '\n' ? KEY_RETURN : *keys);
    return wish;
}

static void test_controls(void)
{
    struct live_controls controls = { 0 };

    ok(type(&controls, "q") == LIVE_QUIT, "q quits");
    ok(type(&controls, "p") == LIVE_PAUSE && controls.paused &&
           type(&controls, " ") == LIVE_PAUSE && !controls.paused,
       "p pauses, space too");
    ok(type(&controls, "r") == LIVE_RESET, "r resets");
    type(&controls, "fcpq\n");
    ok(strcmp(controls.pattern, "cpq") == 0 && !controls.question, "f asks for a pattern");
    type(&controls, "/");
    controls_key(&controls, KEY_BACK);
    type(&controls, "u");
    controls_key(&controls, KEY_ESCAPE);
    ok(strcmp(controls.pattern, "cpq") == 0 && !controls.question, "escape leaves it as it was");
    type(&controls, "/\025\n");
    ok(!*controls.pattern, "Ctrl-U empties it");
    type(&controls, "w");
    ok(controls.question && strncmp(controls.answer, "vexit-2", 7) == 0, "w proposes a name");
    ok(type(&controls, "\025mine\n") == LIVE_SAVE && strcmp(controls.file, "mine") == 0,
       "and takes another");
    controls.saving = true;
    ok(type(&controls, "w") == LIVE_END_SAVE, "w again ends it");
    for (unsigned i = 0; i < 2 * CONTROLS_ANSWER; i++)
        type(&controls, i ? "x" : "f");
    ok(strlen(controls.answer) == CONTROLS_ANSWER - 1, "an answer has an end");
    controls.question = NO_QUESTION;
    type(&controls, "jjk");
    is(controls.scroll, 1, "j and k move");
    controls.pane = LIVE_TEXT;
    type(&controls, "kkj");
    is(controls.scroll, 2, "in text, which is shown from its end, the other way round");
    controls.pane = LIVE_ALL;
    type(&controls, "vv");
    ok(controls.pane == LIVE_SLOWEST && controls.scroll == 0, "v shows another part");
    type(&controls, "vvk");
    ok(controls.pane == LIVE_ALL && controls.scroll == 0, "and all again");
    type(&controls, "sssss");
    ok(controls.order == LIVE_BY_RATE, "s goes through all orders");
    type(&controls, "h");
    ok(controls.help, "h helps");
}

int main(void)
{
    test_rates();
    test_slowest();
    test_rows();
    test_runs();
    test_text();
    test_words();
    test_controls();
    return tap_done();
}
