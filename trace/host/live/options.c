/* SPDX-License-Identifier: MIT */
/* The options of `vexit live'. */
#include <argp.h>

#include "trace/host/live/live.h"

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct live *live = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &live->log;
        state->child_inputs[1] = &live->filter;
        return 0;
    case 'o':
        live->output = argument;
        return 0;
    case 'w':
        live->wait = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void live_parse(struct live *live, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "output", 'o', "FILE", 0, "Save what comes to a new FILE, from the beginning", 0 },
        { "wait", 'w', NULL, 0, "Wait for LOG where it is not there yet", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Shows on the terminal what LOG (a serial port, a pty, a pipe, a socket unix:PATH "
               "or tcp:HOST:PORT, a file that grows, - for standard input, the memory of a machine "
               "that runs) brings: rates by exit reason, the slowest exits, what is lost, the "
               "guest's text. The key h lists the keys.",
        .children = children,
    };

    log_options_begin(&live->log);
    argp_parse(&argp, argc, argv, 0, NULL, live);
}
