/* SPDX-License-Identifier: MIT */
/* The options of the VMM's command line. */
#include "vmm/options.h"

#include <stddef.h>

#include "vmm/string.h"

enum { RING_MIN = 64 << 10, RING_MAX = 1024 << 20, BAUD_MAX = 115200, SHOWN_MAX = 60 };

/* Whether the value is one of two words; sets *flag for the first. */
static bool parse_either(const char *value, const char *yes, const char *no, bool *flag)
{
    *flag = !strcmp(value, yes);
    return *flag || !strcmp(value, no);
}

/* A number, decimal or after 0x hexadecimal, up to a character that is not a digit. */
static const char *parse_number(const char *s, uint64_t *number)
{
    unsigned base = 10;
    uint64_t n = 0;

    if (s[0] == '0' && s[1] == 'x') {
        base = 16;
        s += 2;
    }
    for (;; s++) {
        unsigned digit = (unsigned)*s - '0';

        if (digit > 9)
            digit = (unsigned)(*s | 0x20) - 'a' + 10;
        if (digit >= base || n > UINT32_MAX)
            break;
        n = n * base + digit;
    }
    *number = n;
    return s;
}

static bool parse_exits(struct options *options, const char *value)
{
    memcpy(options->exits, value, strlen(value) + 1);
    return *value;
}

static bool parse_ring(struct options *options, const char *value)
{
    const char *unit = parse_number(value, &options->ring);

    if (*unit == 'K' || *unit == 'k')
        options->ring <<= 10;
    else if (*unit == 'M' || *unit == 'm')
        options->ring <<= 20;
    else
        unit--;
    return unit >= value && !unit[1] && options->ring >= RING_MIN && options->ring <= RING_MAX;
}

static bool parse_port(struct options *options, const char *value)
{
    uint64_t number;

    options->port_given = true;
    options->port.kind = SERIAL_UART;
    if (!strncmp(value, "com", 3) && value[3] >= '1' && value[3] <= '4' && !value[4]) {
        options->port.port = serial_standard_port[value[3] - '1'];
        return true;
    }
    if (!strcmp(value, "e9")) {
        options->port = (struct serial){ 0xe9, SERIAL_DEBUG_CONSOLE };
        return true;
    }
    if (strncmp(value, "0x", 2) || *parse_number(value, &number) || !value[2])
        return false;
    options->port.port = (uint16_t)number;
    return number >= 0x100 && number <= 0xfff8;
}

static bool parse_baud(struct options *options, const char *value)
{
    uint64_t baud;
    const char *end = parse_number(value, &baud);

    options->baud = (uint32_t)baud;
    return !*end && baud && baud <= BAUD_MAX && BAUD_MAX % baud == 0 && BAUD_MAX / baud <= 0xffff;
}

static bool parse_wire(struct options *options, const char *value)
{
    return parse_either(value, "text", "frames", &options->text_wire);
}

static bool parse_mode(struct options *options, const char *value)
{
    return parse_either(value, "lossless", "drop", &options->lossless);
}

static bool parse_drain(struct options *options, const char *value)
{
    bool steady;

    options->drain = DRAIN_AUTO;
    if (!strcmp(value, "auto"))
        return true;
    if (!parse_either(value, "steady", "burst", &steady))
        return false;
    options->drain = steady ? DRAIN_STEADY : DRAIN_BURST;
    return true;
}

static bool parse_trace(struct options *options, const char *value)
{
    options->memory = !strcmp(value, "memory");
    options->trace = true;
    return options->memory || parse_either(value, "on", "off", &options->trace);
}

static bool parse_timer(struct options *options, const char *value)
{
    return parse_either(value, "on", "off", &options->timer);
}

static bool parse_at_end(struct options *options, const char *value)
{
    bool off;

    options->at_end = POWER_HALT;
    if (!strcmp(value, "halt"))
        return true;
    if (!parse_either(value, "poweroff", "reset", &off))
        return false;
    options->at_end = off ? POWER_OFF : POWER_RESET;
    return true;
}

static const struct {
    const char *name, *argument;
    bool (*parse)(struct options *options, const char *value);
} option_table[] = {
#define OPTION(id, name, argument, initial, help) { name, argument, parse_##id },
#include "vmm/options.def"
};

/* A message is to hold more than the word that it is about. */
static void shorten(char *word)
{
    if (strlen(word) > SHOWN_MAX)
        memcpy(word + SHOWN_MAX - 3, "...", 4);
}

static bool apply(struct options *options, char *word, struct refusal *why)
{
    char *value = word;

    while (*value && *value != '=')
        value++;
    if (*value)
        *value++ = '\0';
    for (size_t i = 0; i < sizeof(option_table) / sizeof(option_table[0]); i++) {
        if (strcmp(option_table[i].name, word))
            continue;
        if (option_table[i].parse(options, value))
            return true;
        shorten(value);
        return refuse(why, "option %s=%s is not understood; it takes %s", word, value,
                      option_table[i].argument);
    }
    shorten(word);
    return refuse(why, "option %s is unknown; docs/options.md lists them all", word);
}

static void set_defaults(struct options *options)
{
    *options = (struct options){
        .ring = 4 << 20, .baud = BAUD_MAX, .trace = true, .timer = true, .at_end = POWER_OFF
    };
    memcpy(options->exits, "default", sizeof("default"));
}

/* trace=memory needs no port, and nothing but a port empties a ring that is full. */
static bool check_memory(struct options *options, struct refusal *why)
{
    if (!options->memory)
        return true;
    if (options->lossless)
        return refuse(why, "trace=memory keeps the last records, and mode=lossless would have to "
                           "keep all; leave one of them out");
    if (options->port_given)
        return refuse(why, "trace=memory sends nothing; leave port= out");
    options->port.kind = SERIAL_NONE;
    return true;
}

bool options_parse(struct options *options, const char *line, struct refusal *why)
{
    char word[OPTION_TEXT_MAX];

    set_defaults(options);
    if (strlen(line) >= OPTION_TEXT_MAX)
        return refuse(why, "the command line is longer than %d characters; shorten it",
                      OPTION_TEXT_MAX - 1);
    memcpy(options->text, line, strlen(line) + 1);
    for (const char *s = line; *s;) {
        size_t n = 0;

        while (*s == ' ')
            s++;
        while (s[n] && s[n] != ' ')
            n++;
        memcpy(word, s, n);
        word[n] = '\0';
        if (!strcmp(word, "--")) {
            options->text[s - line] = '\0';
            s += n;
            while (*s == ' ')
                s++;
            memcpy(options->guest, s, strlen(s) + 1);
            break;
        }
        s += n;
        if (n && !apply(options, word, why))
            return false;
    }
    return check_memory(options, why);
}
