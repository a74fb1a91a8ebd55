/* sources: vmm/options.c vmm/serial.c vmm/format.c */
/* SPDX-License-Identifier: MIT */
/* The VMM's command line: each option, each value that is refused, and what follows "--". */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "vmm/options.h"

static struct options options;
static struct refusal why;

/* The line lies in memory of its exact size, so that a sanitizer sees every byte too many. */
static bool parse(const char *line)
{
    char *exact = strdup(line);
    bool good = options_parse(&options, exact, &why);

    free(exact);
    return good;
}

static void test_defaults(void)
{
    ok(parse(""), "an empty line is good");
    ok(!strcmp(options.exits, "default") && options.ring == 4 << 20 && !options.port_given &&
           options.baud == 115200,
       "defaults of exits, ring, port, baud");
    ok(!options.text_wire && !options.lossless && options.trace && options.timer &&
           options.at_end == POWER_OFF && !*options.guest && !*options.text,
       "defaults of the rest");
    ok(parse("   ") && !*options.guest, "spaces alone are good");
}

static void test_values(void)
{
    ok(parse("exits=cr,io") && !strcmp(options.exits, "cr,io"), "exits");
    ok(parse("ring=64K") && options.ring == 64 << 10, "ring in KiB, the smallest");
    ok(parse("ring=1024M") && options.ring == 1 << 30, "ring in MiB, the largest");
    ok(parse("ring=2m") && options.ring == 2 << 20, "ring in small letters");
    ok(parse("ring=65536") && options.ring == 65536, "ring in bytes");
    ok(parse("ring=0x20000") && options.ring == 0x20000, "ring in hexadecimal");
    for (unsigned i = 0; i < 4; i++) {
        char line[] = "port=com1";

        line[8] = (char)('1' + i);
        ok(parse(line) && options.port_given && options.port.kind == SERIAL_UART &&
               options.port.port == serial_standard_port[i],
           "%s", line);
    }
    ok(parse("port=0x3e0") && options.port_given && options.port.port == 0x3e0, "port by number");
    ok(parse("port=0x100") && parse("port=0xfff8"), "port's least and greatest number");
    ok(parse("port=e9") && options.port.kind == SERIAL_DEBUG_CONSOLE && options.port.port == 0xe9,
       "port=e9");
    ok(parse("port=e9 port=com2") && options.port.kind == SERIAL_UART, "the last port counts");
    ok(parse("baud=9600") && options.baud == 9600, "baud");
    ok(parse("baud=2") && options.baud == 2, "baud, the slowest");
    ok(parse("wire=text") && options.text_wire && parse("wire=frames") && !options.text_wire,
       "wire");
    ok(parse("mode=lossless") && options.lossless && parse("mode=drop") && !options.lossless,
       "mode");
    ok(parse("trace=off") && !options.trace && parse("trace=on") && options.trace, "trace");
    ok(parse("drain=steady") && options.drain == DRAIN_STEADY && parse("drain=burst") &&
           options.drain == DRAIN_BURST && parse("drain=auto") && options.drain == DRAIN_AUTO,
       "drain");
    ok(parse("trace=memory") && options.trace && options.memory &&
           options.port.kind == SERIAL_NONE && parse("trace=memory trace=on") && !options.memory &&
           options.port.kind == SERIAL_UART,
       "trace in memory, without a port");
    ok(parse("timer=off") && !options.timer && parse("timer=on") && options.timer, "timer");
    ok(parse("at-end=halt") && options.at_end == POWER_HALT && parse("at-end=reset") &&
           options.at_end == POWER_RESET && parse("at-end=poweroff") && options.at_end == POWER_OFF,
       "at-end");
}

/* None of these is a value that its option takes. */
static const char *const bad_values[] = {
    "ring",
    "ring=",
    "ring=K",
    "ring=63K",
    "ring=1025M",
    "ring=64KB",
    "ring=64K64",
    "ring=3M3",
    "ring=-1M",
    "ring=1G",
    "ring= 64K",
    "ring=65535",
    "ring=0x",
    "ring=0xK",
    "ring=99999999999999999999M",
    "ring=68719476736M",
    "ring=18014398509482048K",
    "port",
    "port=",
    "port=com",
    "port=com0",
    "port=com5",
    "port=com11",
    "port=COM1",
    "port=0x",
    "port=0xff",
    "port=0xfff9",
    "port=0x1000003f8",
    "port=0x3f8h",
    "port=3f8",
    "port=1016",
    "port=e99",
    "drain",
    "drain=bursts",
    "baud",
    "baud=",
    "baud=0",
    "baud=115201",
    "baud=100000",
    "baud=1",
    "baud=230400",
    "baud=9600x",
    "baud=4294967296",
    "wire=",
    "wire",
    "wire=textual",
    "wire=TEXT",
    "mode=",
    "mode=loss",
    "trace=",
    "trace=1",
    "trace=onn",
    "timer=yes",
    "timer",
    "at-end=",
    "at-end=off",
    "at-end=halted",
    "exits",
    "exits=",
};

/* The line names the option, the value, and what the option takes. */
static void test_bad_values(void)
{
    for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++) {
        char name[16] = "";
        size_t n = strcspn(bad_values[i], "= ");

        memcpy(name, bad_values[i], n);
        memset(&why, 0, sizeof(why));
        ok(!parse(bad_values[i]) && strstr(why.line, name) && strstr(why.line, " it takes "),
           "%s: %s", bad_values[i], why.line);
    }
}

static void test_contradictions(void)
{
    ok(!parse("trace=memory mode=lossless") && strstr(why.line, "mode=lossless"), "%s", why.line);
    ok(!parse("port=com2 trace=memory") && strstr(why.line, "port="), "%s", why.line);
}

static void test_unknown(void)
{
    static const char *const bad[] = { "color=red", "rings=64K", "rin=64K",   "=",   "=64K",
                                       "-",         "lossless",  "EXITS=all", "---", "--x" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ok(!parse(bad[i]) && strstr(why.line, "is unknown"), "%s: %s", bad[i], why.line);
    ok(!parse("exits=all ring=64K oops trace=off") && strstr(why.line, "option oops"),
       "one unknown word among good ones");
}

static void test_guest_words(void)
{
    ok(parse("trace=off -- only=cpuid quiet") && !options.trace &&
           !strcmp(options.guest, "only=cpuid quiet") && !strcmp(options.text, "trace=off "),
       "what follows -- is the guest's");
    ok(parse("--") && !*options.guest && !*options.text, "-- alone");
    ok(parse("  --   a  b ") && !strcmp(options.guest, "a  b "), "spaces around --");
    ok(parse("-- trace=maybe oops -- x") && !strcmp(options.guest, "trace=maybe oops -- x"),
       "the guest's words are not looked at");
    ok(parse("trace=off") && parse("") && options.trace && !*options.guest,
       "nothing is left of the line before");
}

static void test_length(void)
{
    char line[OPTION_TEXT_MAX + 8];

    memset(line, ' ', sizeof(line));
    line[OPTION_TEXT_MAX - 1] = '\0';
    ok(parse(line), "the longest line");
    memcpy(line, "exits=", 6);
    memset(line + 6, 'x', OPTION_TEXT_MAX - 7);
    ok(parse(line) && strlen(options.exits) == OPTION_TEXT_MAX - 7, "one word as long as the line");
    memcpy(line, "-- ", 3);
    ok(parse(line) && strlen(options.guest) == OPTION_TEXT_MAX - 4, "the longest guest's line");
    memset(line, 'y', OPTION_TEXT_MAX - 1);
    ok(!parse(line) && strstr(why.line, "is unknown"), "an unknown word as long as the line");
    memcpy(line, "ring=", 5);
    ok(!parse(line) && strstr(why.line, "it takes SIZE"), "a value as long as the line");
    memset(line, ' ', OPTION_TEXT_MAX);
    line[OPTION_TEXT_MAX] = '\0';
    ok(!parse(line) && strstr(why.line, "longer than 511"), "a line too long: %s", why.line);
}

/* Lines put together from pieces of good ones: whatever they say, no byte out of bounds. */
static void test_garbage(void)
{
    static const char *const piece[] = { "ring=", "64K", "0x", "port=", "com",  "e9",     "=", " ",
                                         "--",    "x",   "9",  "baud=", "\xff", "exits=", "," };
    uint64_t seed = 3;
    unsigned good = 0;

    for (unsigned round = 0; round < 20000; round++) {
        char line[OPTION_TEXT_MAX] = "";
        size_t pieces = random_below(&seed, 12);

        while (pieces--)
            strcat(line, piece[random_below(&seed, sizeof(piece) / sizeof(piece[0]))]);
        good += parse(line);
    }
    ok(good > 100 && good < 19000, "garbage is survived; %u lines of it are good", good);
}

int main(void)
{
    test_defaults();
    test_values();
    test_bad_values();
    test_contradictions();
    test_unknown();
    test_guest_words();
    test_length();
    test_garbage();
    return tap_done();
}
