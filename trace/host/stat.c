/* SPDX-License-Identifier: MIT */
/* vexit stat: counts and handling times of exits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/commands.h"
#include "trace/host/stat/report.h"

enum { OPTION_NAMES = 256 };

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct report *report = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &report->log;
        state->child_inputs[1] = &report->filter;
        state->child_inputs[2] = report;
        return 0;
    case 'B':
        if (!report_parse_by(report, argument))
            argp_error(state,
                       "--by takes up to %d different names separated by commas, and not '%s'",
                       GROUP_COLUMNS, argument);
        return 0;
    case OPTION_NAMES:
        report->names = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct report *report, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "by", 'B', "NAME[,NAME]", 0,
          "What makes a row (default reason): vcpu, reason, rip, qualification, detail (what says "
          "most of an exit of its reason), msr, gpa, page, the name of a slot, or of a part of the "
          "qualification",
          0 },
        { "names", OPTION_NAMES, NULL, 0,
          "With --by: behind the values of slots, their names: MSRs, ports, exceptions, ...", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { &report_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Prints how often each exit reason came in LOG (a file, a pipe, a serial port, - "
               "for standard input) and how long the exits took to handle.",
        .children = children,
    };

    argp_parse(&argp, argc, argv, 0, NULL, report);
}

int stat_command(int argc, char **argv)
{
    struct report *report = calloc(1, sizeof(*report));

    if (!report || !report_begin(report)) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(report, argc, argv);

    int status = report_read(report);

    report_free(report);
    free(report);
    return status;
}
