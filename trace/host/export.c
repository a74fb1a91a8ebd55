/* SPDX-License-Identifier: MIT */
/* vexit export: one run of a log in the formats of other tools. */
#include <inttypes.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/export/targets.h"
#include "trace/host/export/wanted_run.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_input.h"
#include "trace/host/show/filter.h"

enum { OPTION_TARGET = 0x200, OPTION_RUN = OPTION_TARGET + TARGETS, OPTION_TSC_HZ };

struct export
{
    struct log_options log;
    struct wanted_run *wanted;
    bool named_run; /* --run was given */
};

static const struct argp_option option_rows[] = {
#define EXPORTER(name, option, argument, words)                                                    \
    { option, OPTION_TARGET + TARGET_##name, argument, 0, words, 0 },
#include "trace/host/export/exporters.def"
    { "run", OPTION_RUN, "N", 0, "Which run, where the log holds several (default: the first, 1)",
      0 },
    { "tsc-hz", OPTION_TSC_HZ, "HZ", 0,
      "Ticks of the TSC in a second, instead of what the log says", 0 },
    { 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct export *export = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &export->log;
        state->child_inputs[1] = &export->wanted->filter;
        return 0;
    case OPTION_RUN:
        export->wanted->number = option_number(argument, "run", state);
        export->named_run = true;
        return 0;
    case OPTION_TSC_HZ:
        export->wanted->given_hz = option_number(argument, "tsc-hz", state);
        return 0;
    case ARGP_KEY_END:
        if (!targets_asked_for(&export->wanted->targets))
            argp_error(state, "no format given: --ctf, --xentrace, --trace-dat, --perf or --json");
        return 0;
    default:
        if (key < OPTION_TARGET || key >= OPTION_TARGET + TARGETS)
            return ARGP_ERR_UNKNOWN;
        export->wanted->targets.target[key - OPTION_TARGET].path = argument;
        return 0;
    }
}

static void parse_options(struct export *export, int argc, char **argv)
{
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = option_rows,
        .parser = parse,
        .args_doc = "LOG",
        .doc = "Writes a run of LOG (a file, a pipe, a serial port, - for standard input) in the "
               "formats of other tools, to files and directories that are not there yet.",
        .children = children,
    };

    log_options_begin(&export->log);
    export->log.stop = &export->wanted->stop;
    argp_parse(&argp, argc, argv, 0, NULL, export);
    export->wanted->name = log_name(&export->log);
}

static int export_log(struct export *export)
{
    static struct output none = { .fd = STDOUT_FILENO };
    struct log_events events = wanted_run_events(export->wanted);

    return log_command(&export->log, &events, &none);
}

/* The exit status, given that of reading the log. */
static int status_of(const struct export *export, int status)
{
    const struct wanted_run *wanted = export->wanted;
    uint64_t runs = wanted->at - 1;

    if (wanted->targets.failed)
        return STATUS_OUTPUT;
    if (wanted->stop || status == STATUS_UNREADABLE)
        return status;
    if (!wanted->found) {
        log_complain(wanted->name, "there is no run %" PRIu64 ": the log holds %" PRIu64,
                     wanted->number, runs);
        return EX_USAGE;
    }
    if (runs > 1 && !export->named_run)
        log_complain(wanted->name,
                     "the log holds %" PRIu64 " runs, and this is the first; --run=N takes another",
                     runs);
    return wanted->complete ? STATUS_COMPLETE : STATUS_INCOMPLETE;
}

int export_command(int argc, char **argv)
{
    struct export export = { .wanted = wanted_run_new() };

    if (!export.wanted) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(&export, argc, argv);
    if (targets_collide(&export.wanted->targets)) {
        wanted_run_free(export.wanted);
        return EX_USAGE;
    }
    log_input_end_on_interrupt();

    bool can = targets_are_new(&export.wanted->targets);
    int status = can ? status_of(&export, export_log(&export)) : STATUS_OUTPUT;

    wanted_run_free(export.wanted);
    return status;
}
