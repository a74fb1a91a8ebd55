/* SPDX-License-Identifier: MIT */
/* Where a log comes from: the options that commands share. */
#include "trace/host/log/log_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/log/serial_input.h"

enum { BAUD = 115200 };

void log_options_begin(struct log_options *options)
{
    *options = (struct log_options){ .baud = BAUD };
}

bool option_decimal(const char *argument, uint64_t least, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(argument, &end, 10);
    return *argument >= '0' && *argument <= '9' && !*end && !errno && *value >= least &&
           *value <= most;
}

uint64_t option_number(const char *argument, const char *option, struct argp_state *state)
{
    uint64_t value;

    if (!option_decimal(argument, 1, OPTION_NUMBER_MAX, &value))
        argp_error(state, "--%s takes a number from 1, and not '%s'", option, argument);
    return value;
}

const char *log_name(const struct log_options *options)
{
    return strcmp(options->path, "-") == 0 ? "standard input" : options->path;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct log_options *options = state->input;
    uint64_t baud;

    switch (key) {
    case 'b':
        if (option_decimal(argument, 1, UINT32_MAX, &baud) && serial_rate_known(baud))
            options->baud = baud;
        else
            argp_error(state, "no such rate: '%s'", argument);
        return 0;
    case ARGP_KEY_ARG:
        if (options->path)
            argp_error(state, "one LOG only");
        options->path = argument;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "no LOG given");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option option_rows[] = {
    { "baud", 'b', "RATE", 0, "Rate of a live serial port, bits per second (default 115200)", 0 },
    { 0 },
};

const struct argp log_source_argp = { .options = option_rows, .parser = parse };

enum { OPTION_MEMORY = 0x1000, OPTION_AT };

static error_t parse_memory(int key, char *argument, struct argp_state *state)
{
    struct log_options *options = state->input;
    char *end;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = options;
        return 0;
    case OPTION_MEMORY:
        options->memory.wanted = true;
        return 0;
    case OPTION_AT:
        options->memory.has_at = true;
        errno = 0;
        options->memory.at = strtoull(argument, &end, 0);
        if (*argument < '0' || *argument > '9' || *end || errno)
            argp_error(state, "no address: '%s'", argument);
        return 0;
    case ARGP_KEY_END:
        if (options->memory.has_at && !options->memory.wanted)
            argp_error(state, "--at is for --memory only");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option memory_rows[] = {
    { "memory", OPTION_MEMORY, NULL, 0,
      "LOG is not a log but an image of the machine's memory, raw or an ELF core; "
      "memory:LOG says the same",
      0 },
    { "at", OPTION_AT, "ADDRESS", 0,
      "With --memory: the trace's header is the one at this physical address", 0 },
    { 0 },
};

static const struct argp_child memory_children[] = { { &log_source_argp, 0, NULL, 0 }, { 0 } };

const struct argp log_options_argp = { .options = memory_rows,
                                       .parser = parse_memory,
                                       .children = memory_children };

bool log_options_memory(const struct log_options *options, const char **path)
{
    static const char prefix[] = "memory:";

    *path = options->path;
    if (options->memory.wanted)
        return true;
    if (strncmp(*path, prefix, sizeof(prefix) - 1) != 0)
        return false;
    *path += sizeof(prefix) - 1;
    return true;
}
