/* SPDX-License-Identifier: MIT */
/* The options of `vexit record'. */
#include "trace/host/record/options.h"

#include <argp.h>
#include <limits.h>

enum { REPORT_SECONDS = 10 }; /* between two lines where there is no terminal */

enum { OPTION_RAW = 256, OPTION_UNTIL_END, OPTION_EVERY };

static const struct argp_option option_rows[] = {
    { "output", 'o', "FILE", 0, "Where to save it (needed); - for standard output", 0 },
    { "force", 'f', NULL, 0, "Overwrite FILE if it is there", 0 },
    { "append", 'a', NULL, 0, "Add to FILE if it is there", 0 },
    { "raw", OPTION_RAW, NULL, 0,
      "Save the line's own bytes alone, without the line of text that says where they come from",
      0 },
    { "wait", 'w', NULL, 0, "Wait for SOURCE where it is not there yet", 0 },
    { "until-end", OPTION_UNTIL_END, NULL, 0,
      "End when the END record has come and the line is silent for a second or closed", 0 },
    { "every", OPTION_EVERY, "SECONDS", 0,
      "How often to say how many frames were good (default 10; 0: at the end only)", 0 },
    { 0 },
};

static void set_way(struct record_options *options, enum recording_way way,
                    struct argp_state *state)
{
    if (options->way != RECORDING_NEW && options->way != way)
        argp_error(state, "--force and --append exclude each other");
    options->way = way;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct record_options *options = state->input;
    uint64_t every;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->log;
        return 0;
    case 'o':
        options->path = argument;
        return 0;
    case 'f':
        set_way(options, RECORDING_FORCE, state);
        return 0;
    case 'a':
        set_way(options, RECORDING_APPEND, state);
        return 0;
    case 'w':
        options->wait = true;
        return 0;
    case OPTION_RAW:
        options->raw = true;
        return 0;
    case OPTION_UNTIL_END:
        options->until_end = true;
        return 0;
    case OPTION_EVERY:
        if (!option_decimal(argument, 0, UINT_MAX, &every))
            argp_error(state, "no number of seconds: '%s'", argument);
        options->every = (unsigned)every;
        return 0;
    case ARGP_KEY_END:
        if (!options->path)
            argp_error(state, "no FILE given: -o FILE says where to save it");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void record_parse(struct record_options *options, int argc, char **argv)
{
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 }, { 0 } };
    static const struct argp argp = {
        .options = option_rows,
        .parser = parse,
        .args_doc = "SOURCE -o FILE",
        .doc = "Saves what comes from SOURCE (a serial port, a pty, a pipe, a socket unix:PATH or "
               "tcp:HOST:PORT, - for standard input, the memory of a machine that runs) to FILE "
               "until Ctrl-C. A line that breaks is waited for and taken up again.",
        .children = children,
    };

    log_options_begin(&options->log);
    options->every = REPORT_SECONDS;
    argp_parse(&argp, argc, argv, 0, NULL, options);
}
