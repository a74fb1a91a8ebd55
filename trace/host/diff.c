/* SPDX-License-Identifier: MIT */
/* vexit diff: what changed between two runs. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/diff/align.h"
#include "trace/host/diff/changes.h"
#include "trace/host/diff/places.h"
#include "trace/host/diff/side.h"
#include "trace/host/log/log_options.h"
#include "trace/host/log/serial_input.h"

/* As diff(1) has it; wrong usage and failed output are those of commands.h. */
enum { DIFF_SAME = 0, DIFF_DIFFERENT = 1, DIFF_TROUBLE = 2 };

enum { CONTEXT = 3, PLACES = 1 };

struct comparison {
    const char *path[2];
    unsigned paths;
    unsigned long baud;
    bool brief;
    long vcpu; /* the only one to compare; -1: all */
    struct equality equality;
    struct side *side[2];
    struct places places;
    bool ends_differ; /* the statuses with which the runs ended */
    bool incomplete;  /* a record of either log is missing, or some vCPU was not compared */
    struct output output;
};

enum { OPTION_BAUD = 'b', OPTION_IGNORE = 256, OPTION_MOVED, OPTION_ALL, OPTION_VCPU };

static uint64_t number(struct argp_state *state, const char *text, uint64_t most)
{
    uint64_t value;

    if (!option_decimal(text, 0, most, &value))
        argp_error(state, "not a number from 0 to %" PRIu64 ": '%s'", most, text);
    return value;
}

static void take_ignore(struct comparison *diff, struct argp_state *state, const char *list)
{
    char word[80];
    const char *wrong = equality_ignore(&diff->equality, list, word, sizeof(word));

    if (wrong)
        argp_error(state, "no such exit reason, slot or part of a record: '%s'", wrong);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct comparison *diff = state->input;

    switch (key) {
    case OPTION_BAUD:
        diff->baud = number(state, argument, UINT32_MAX);
        if (!serial_rate_known(diff->baud))
            argp_error(state, "no such rate: '%s'", argument);
        return 0;
    case OPTION_IGNORE:
        take_ignore(diff, state, argument);
        return 0;
    case OPTION_MOVED:
        if (!equality_moved(&diff->equality, argument))
            argp_error(state, "no range FIRST-LAST of addresses, or too many: '%s'", argument);
        return 0;
    case OPTION_ALL:
        diff->equality.all = true;
        return 0;
    case OPTION_VCPU:
        diff->vcpu = (long)number(state, argument, UINT16_MAX);
        return 0;
    case 'c':
        diff->places.context = (unsigned)number(state, argument, PLACES_CONTEXT_MAX);
        return 0;
    case 'n':
        diff->places.limit = number(state, argument, UINT32_MAX);
        return 0;
    case 'q':
        diff->brief = true;
        return 0;
    case ARGP_KEY_ARG:
        if (diff->paths == 2)
            argp_error(state, "two logs only");
        diff->path[diff->paths++] = argument;
        return 0;
    case ARGP_KEY_END:
        if (diff->paths != 2)
            argp_error(state, "two logs are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct comparison *diff, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "ignore", OPTION_IGNORE, "WHAT,...", 0,
          "What may differ: a reason (HLT: such exits are passed over), a slot (eax), a slot of "
          "one reason (CPUID.eax), rip, qualification, slots, markers",
          0 },
        { "moved", OPTION_MOVED, "FIRST-LAST", 0,
          "Addresses in this range are equal to each other, as of code that was compiled anew", 0 },
        { "all", OPTION_ALL, NULL, 0,
          "Compare what depends on time or chance, too: interrupts, the VMM's own "
          "PREEMPTION_TIMER exits, time stamps in slots, random numbers",
          0 },
        { "vcpu", OPTION_VCPU, "N", 0, "Compare this vCPU alone", 0 },
        { "places", 'n', "N", 0, "Show the first N places that differ (default 1)", 0 },
        { "context", 'c', "N", 0, "Show N exits before and after each (default 3)", 0 },
        { "brief", 'q', NULL, 0, "Print nothing but the verdict", 0 },
        { "baud", OPTION_BAUD, "RATE", 0,
          "Rate of a live serial port, bits per second (default 115200)", 0 },
        { 0 },
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "A B",
        .doc = "Aligns the exits of two logs, vCPU by vCPU, and prints the first difference, then "
               "how counts and times of each reason changed. A and B are logs, or what `vexit "
               "decode' printed.\vExit status: 0 the same; 1 different; 2 something is missing or "
               "could not be read, and was named; 64 wrong usage; 74 the output could not be "
               "written.",
    };

    argp_parse(&argp, argc, argv, 0, NULL, diff);
}

/* Aligns the exits of one vCPU. False after an error was told. */
static bool compare_vcpu(struct comparison *diff, unsigned vcpu)
{
    struct side **side = diff->side;
    const struct align_events events = { &diff->places, places_same, places_differ };

    diff->places.vcpu = vcpu;
    if (!side_begin(side[0], vcpu)) {
        perror("vexit");
        return false;
    }

    bool began = side_begin(side[1], vcpu);
    bool good = began && align(&side[0]->align, &side[1]->align, &events);

    if (!good)
        perror("vexit");
    else
        places_close(&diff->places);
    for (unsigned i = 0; i < 1u + began; i++) {
        side_end(side[i]);
        good &= side[i]->status <= STATUS_INCOMPLETE;
    }
    return good;
}

/* Whether both logs can be read once more: pipes and serial ports cannot. */
static bool can_read_again(struct comparison *diff)
{
    for (unsigned i = 0; i < 2; i++) {
        struct stat status;

        if (stat(diff->path[i], &status) == 0 && S_ISREG(status.st_mode))
            continue;
        log_complain(diff->side[i]->name,
                     "can be read only once, so one vCPU of several was compared; save it to a "
                     "file, or choose the vCPU by --vcpu");
        return false;
    }
    return true;
}

/* The logs are read once for each vCPU, as their exits are interleaved as time has it. */
static bool compare_vcpus(struct comparison *diff)
{
    unsigned first = diff->vcpu < 0 ? 0 : (unsigned)diff->vcpu;

    if (!compare_vcpu(diff, first))
        return false;
    if (diff->vcpu >= 0) {
        bool any = diff->side[0]->seen[first] || diff->side[1]->seen[first];

        if (!any)
            log_complain("--vcpu", "neither log has a record of vCPU %u", first);
        return any;
    }
    for (unsigned vcpu = 1; vcpu < diff->side[0]->vcpus || vcpu < diff->side[1]->vcpus; vcpu++) {
        if (!diff->side[0]->seen[vcpu] && !diff->side[1]->seen[vcpu])
            continue;
        if (!can_read_again(diff)) {
            diff->incomplete = true;
            return true;
        }
        if (!compare_vcpu(diff, vcpu))
            return false;
    }
    return true;
}

static bool differ(const struct comparison *diff)
{
    return diff->places.places || diff->ends_differ;
}

/* What keeps the logs from being compared whole. */
static void tell_missing(struct comparison *diff)
{
    for (unsigned i = 0; i < 2; i++) {
        const struct side *side = diff->side[i];

        if (side->status == STATUS_INCOMPLETE || side->lost)
            diff->incomplete = true;
        if (side->verdict[0])
            log_complain(side->name, "%s", side->verdict);
        else if (side->lost)
            log_complain(side->name, "the VMM lost %" PRIu64 " records", side->lost);
    }
}

static void print_report(struct comparison *diff)
{
    struct output *output = &diff->output;
    const struct places *places = &diff->places;
    struct side **side = diff->side;

    if (places->places > places->limit && places->limit)
        output_print(output, "... and %" PRIu64 " more places (--places=N shows more)\n",
                     places->places - places->limit);
    if (places->places)
        output_print(output, "\n");
    changes_print(side, output);
    for (unsigned i = 0; i < 2; i++) {
        char line[PATH_MAX + 100];

        snprintf(line, sizeof(line), "%c: %s: %" PRIu64 " exits, %" PRIu64 " of them passed over",
                 "AB"[i], side[i] -> name, side[i] -> exits, side[i] -> passed_over);
        log_put_line(output, "", line, strlen(line));
    }
    if (diff->ends_differ)
        output_print(output, "A ended with status %" PRIu32 ", B with status %" PRIu32 "\n",
                     side[0]->end_status, side[1]->end_status);
}

static void print_verdict(struct comparison *diff)
{
    const struct places *places = &diff->places;

    output_flush(&diff->output);
    tell_missing(diff);
    if (differ(diff))
        output_print(&diff->output,
                     "different: %" PRIu64 " the same, %" PRIu64 " only in A, %" PRIu64
                     " only in B, in %" PRIu64 " place%s%s\n",
                     places->same, places->only[0], places->only[1], places->places,
                     places->places == 1 ? "" : "s", diff->ends_differ ? "; ended otherwise" : "");
    else
        output_print(&diff->output, "the same: %" PRIu64 "%s\n", places->same,
                     diff->incomplete ? ", as far as they are there" : "");
}

static int compare(struct comparison *diff)
{
    struct side **side = diff->side;

    if (!diff->brief)
        diff->places.output = &diff->output;
    if (!compare_vcpus(diff))
        return DIFF_TROUBLE;
    diff->ends_differ =
        side[0]->has_end && side[1]->has_end && side[0]->end_status != side[1]->end_status;
    if (!diff->brief)
        print_report(diff);
    print_verdict(diff);
    if (!output_flush(&diff->output)) {
        log_complain("standard output", "%s", strerror(diff->output.error));
        return STATUS_OUTPUT;
    }
    return diff->incomplete ? DIFF_TROUBLE : differ(diff) ? DIFF_DIFFERENT : DIFF_SAME;
}

int diff_command(int argc, char **argv)
{
    struct comparison *diff = calloc(1, sizeof(*diff));
    int status = DIFF_TROUBLE;

    if (!diff) {
        perror("vexit");
        return status;
    }
    diff->vcpu = -1;
    diff->baud = 115200;
    diff->places.context = CONTEXT;
    diff->places.limit = PLACES;
    diff->output.fd = STDOUT_FILENO;
    parse_options(diff, argc, argv);
    for (unsigned i = 0; i < 2; i++) {
        diff->side[i] = side_new(diff->path[i], diff->baud, &diff->equality);
        diff->places.side[i] = diff->side[i];
    }
    if (diff->side[0] && diff->side[1])
        status = compare(diff);
    else
        perror("vexit");
    side_free(diff->side[0]);
    side_free(diff->side[1]);
    free(diff);
    return status;
}
