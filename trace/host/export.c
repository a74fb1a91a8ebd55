/* SPDX-License-Identifier: MIT */
/* vexit export: one run of a log in the formats of other tools. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/export/export_file.h"
#include "trace/host/export/exporter.h"
#include "trace/host/log/log_command.h"
#include "trace/host/show/filter.h"

enum {
#define EXPORTER(name, option, argument, words) TARGET_##name,
#include "trace/host/export/exporters.def"
    TARGETS,
};

enum { NANOSECONDS = 1000000000 };
#define HZ_MAX (UINT64_MAX / 2) /* what readers of CTF take for a frequency */

enum { OPTION_TARGET = 0x200, OPTION_RUN = OPTION_TARGET + TARGETS, OPTION_TSC_HZ };

static const struct exporter *const exporters[TARGETS] = {
#define EXPORTER(name, option, argument, words) &name##_exporter,
#include "trace/host/export/exporters.def"
};

struct export_target {
    const char *path; /* NULL: not asked for */
    void *state;
};

/* What has to be known of a vCPU between its elements. */
struct export_vcpu {
    uint64_t last;        /* its last stamp, which the next ones are not before */
    uint64_t gap_records; /* missing before its next element, as far as they were counted */
    uint64_t told;        /* of all its missing records, those handed on */
    bool gap;
    bool lossy; /* `loss` waits for the stamp of the next element */
    struct export_loss loss;
};

struct export
{
    struct log_options log;
    struct filter filter;
    struct export_target target[TARGETS];
    uint64_t wanted;     /* --run: from 1 */
    bool named_run;      /* it was given */
    uint64_t given_hz;   /* --tsc-hz; 0: not given */
    uint64_t run_number; /* of the run that is being read, from 1 */
    bool stop;           /* reading, as something failed that was told */
    bool failed;         /* of that: the targets could not be written */
    bool begun;          /* the targets are there */
    bool found;          /* the wanted run, to its end */
    bool complete;       /* that run */
    uint64_t moved;      /* records whose stamps were before those of the records before */
    const char *name;    /* of the log, for messages */
    struct schema schema;
    struct trace_start start;
    struct export_run run;
    struct export_vcpu *vcpu; /* EXPORT_VCPUS of them */
};

static bool is_wanted(const struct export *export)
{
    return export->run_number == export->wanted && !export->stop;
}

/* Targets */

static void set_frequency(struct export *export)
{
    struct export_run *run = &export->run;

    run->tsc_hz = export->given_hz ? export->given_hz : export->start.tsc_hz;
    if (run->tsc_hz && run->tsc_hz <= HZ_MAX)
        return;
    run->tsc_hz = NANOSECONDS;
    log_complain(export->name,
                 "the TSC frequency is not known: one tick is shown as one nanosecond "
                 "(--tsc-hz=HZ sets it)");
}

/* Before the first element, as only then names and frequency are known. */
static void begin_targets(struct export *export)
{
    if (export->begun)
        return;
    export->begun = true;
    set_frequency(export);
    for (int i = 0; i < TARGETS && !export->failed; i++)
        if (export->target[i].path)
            export->target[i].state = exporters[i]->begin(export->target[i].path, &export->run);
    export->stop |= export->failed;
}

static void end_targets(struct export *export)
{
    for (int i = 0; i < TARGETS; i++) {
        if (export->target[i].state)
            exporters[i]->end(export->target[i].state);
        export->target[i].state = NULL;
    }
}

/* Hands something on to every target, up to the first failure. */
#define FOR_EACH_TARGET(export, function, argument)                                                \
    do {                                                                                           \
        for (int i = 0; i < TARGETS && !(export)->failed; i++)                                     \
            if ((export)->target[i].state)                                                         \
                exporters[i]->function((export)->target[i].state, argument);                       \
        (export)->stop |= (export)->failed;                                                        \
    } while (0)

/* Elements */

static struct export_vcpu *vcpu_of(struct export *export, uint16_t number)
{
    if (number < EXPORT_VCPUS)
        return &export->vcpu[number];
    log_complain(export->name, "vCPU %u: more than %d vCPUs cannot be exported", number,
                 EXPORT_VCPUS);
    export->stop = export->failed = true;
    return NULL;
}

/* The last stamp of which tools can hold the nanoseconds. */
static uint64_t last_stamp(const struct export *export)
{
    unsigned __int128 ticks = (unsigned __int128)EXPORT_NS_MAX * export->run.tsc_hz / NANOSECONDS;

    return ticks < UINT64_MAX ? (uint64_t)ticks : UINT64_MAX;
}

/* No stamp goes back or too far; it can only where records came late, or in a log of no VMM. */
static uint64_t forward(struct export *export, struct export_vcpu *vcpu, uint64_t tsc)
{
    uint64_t limit = last_stamp(export);

    export->moved += tsc < vcpu->last || tsc > limit;
    if (tsc > vcpu->last)
        vcpu->last = tsc < limit ? tsc : limit;
    return vcpu->last;
}

/* Records are not there before the vCPU's next element; merges with what is known already. */
static void add_loss(struct export *export, struct export_vcpu *vcpu, uint16_t number,
                     uint64_t records, uint64_t since)
{
    if (!vcpu->lossy)
        vcpu->loss = (struct export_loss){ .vcpu = number, .since = forward(export, vcpu, since) };
    vcpu->lossy = true;
    vcpu->loss.records += records;
}

static void tell_loss(struct export *export, struct export_vcpu *vcpu, uint64_t until)
{
    if (!vcpu->lossy)
        return;
    vcpu->lossy = false;
    vcpu->loss.until = until > vcpu->loss.since ? until : vcpu->loss.since;
    FOR_EACH_TARGET(export, loss, &vcpu->loss);
}

/* A gap is filtered like a lost record at the stamp of the element behind it. */
static void take_gap(struct export *export, struct export_vcpu *vcpu, uint16_t number, uint64_t tsc)
{
    struct trace_element gap = { .kind = TRACE_LOST, .exit_tsc = tsc, .vcpu = number };

    if (vcpu->gap && filter_pass(&export->filter, &gap))
        add_loss(export, vcpu, number, vcpu->gap_records, vcpu->last);
    vcpu->told += vcpu->gap_records;
    vcpu->gap_records = 0;
    vcpu->gap = false;
}

static void take_exit(struct export *export, struct export_vcpu *vcpu,
                      const struct trace_element *element)
{
    struct trace_element moved = *element;

    moved.exit_tsc = forward(export, vcpu, element->exit_tsc);
    tell_loss(export, vcpu, moved.exit_tsc);
    if (element->kind == TRACE_MARKER) {
        FOR_EACH_TARGET(export, marker, &moved);
        return;
    }
    if (element->kind == TRACE_EXIT_ENTRY)
        moved.entry_tsc = forward(export, vcpu, element->entry_tsc);
    FOR_EACH_TARGET(export, exit, &moved);
}

static void take_element(void *context, const struct trace_element *element)
{
    struct export *export = context;
    struct export_vcpu *vcpu = is_wanted(export) ? vcpu_of(export, element->vcpu) : NULL;

    if (!vcpu)
        return;

    bool passes = filter_pass(&export->filter, element);

    export->stop |= export->filter.failed;
    if (export->stop)
        return;
    begin_targets(export);
    take_gap(export, vcpu, element->vcpu, element->exit_tsc);
    if (!passes)
        return;
    if (element->kind == TRACE_LOST)
        add_loss(export, vcpu, element->vcpu, element->slot[0], element->exit_tsc);
    else
        take_exit(export, vcpu, element);
}

static void take_missing(void *context, uint16_t number, uint64_t records)
{
    struct export *export = context;
    struct export_vcpu *vcpu = is_wanted(export) ? vcpu_of(export, number) : NULL;

    if (!vcpu)
        return;
    vcpu->gap = true;
    vcpu->gap_records += records;
}

/* Runs */

static void begin_run(struct export *export)
{
    export->run_number++;
    export->start = (struct trace_start){ 0 };
    schema_begin(&export->schema);
    filter_begin_run(&export->filter, &export->schema);
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct export *export = context;

    if (!is_wanted(export) || export->begun)
        return; /* it came late: what is written stands */
    export->start = *start;
    schema_begin(&export->schema);
    schema_read(&export->schema, payload, n);
    filter_take_start(&export->filter, export->given_hz ? export->given_hz : start->tsc_hz);
    export->stop |= export->filter.failed;
}

/* What is missing after each vCPU's last element. */
static void take_last_losses(struct export *export, const struct log_run *run)
{
    for (uint16_t i = 0; i < EXPORT_VCPUS; i++) {
        struct export_vcpu *vcpu = &export->vcpu[i];
        uint64_t missing = i < run->vcpus ? run->vcpu[i].missing : 0;

        if (missing > vcpu->told) {
            vcpu->gap = true;
            vcpu->gap_records = missing - vcpu->told;
        }
        take_gap(export, vcpu, i, vcpu->last);
        tell_loss(export, vcpu, vcpu->last);
    }
}

static void print_verdict(struct export *export, const struct log_run *run)
{
    char verdict[512];

    log_verdict(verdict, sizeof(verdict), run);
    if (!log_run_complete(run) || run->lost)
        log_complain(export->name, "%s", verdict);
    if (export->moved)
        log_complain(export->name,
                     "%" PRIu64 " stamps were before those of the records before, or beyond what "
                     "tools can hold, and were moved",
                     export->moved);
}

static void take_run_end(void *context, const struct log_run *run)
{
    struct export *export = context;

    if (!run->frames)
        return;
    if (is_wanted(export)) {
        begin_targets(export); /* a run without a record is a whole trace, too */
        take_last_losses(export, run);
        end_targets(export);
        export->found = true;
        export->complete = log_run_complete(run);
        export->stop |= export->failed;
        if (!export->stop)
            print_verdict(export, run);
    }
    begin_run(export);
}

/* Options */

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

static uint64_t parse_number(const char *argument, const char *option, struct argp_state *state)
{
    char *end;
    uint64_t value = strtoull(argument, &end, 10);

    if (*argument < '0' || *argument > '9' || *end || !value || value > HZ_MAX)
        argp_error(state, "--%s takes a number from 1, and not '%s'", option, argument);
    return value;
}

static void check_targets(const struct export *export, struct argp_state *state)
{
    for (int i = 0; i < TARGETS; i++)
        if (export->target[i].path)
            return;
    argp_error(state, "no format given: --ctf, --xentrace, --trace-dat, --perf or --json");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct export *export = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &export->log;
        state->child_inputs[1] = &export->filter;
        return 0;
    case OPTION_RUN:
        export->wanted = parse_number(argument, "run", state);
        export->named_run = true;
        return 0;
    case OPTION_TSC_HZ:
        export->given_hz = parse_number(argument, "tsc-hz", state);
        return 0;
    case ARGP_KEY_END:
        check_targets(export, state);
        return 0;
    default:
        if (key < OPTION_TARGET || key >= OPTION_TARGET + TARGETS)
            return ARGP_ERR_UNKNOWN;
        export->target[key - OPTION_TARGET].path = argument;
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
    export->log.stop = &export->stop;
    export->wanted = 1;
    argp_parse(&argp, argc, argv, 0, NULL, export);
}

/* Whether none of the targets is there yet: better known before a long log is read. */
static bool targets_are_new(struct export *export)
{
    for (int i = 0; i < TARGETS; i++)
        if (export->target[i].path && access(export->target[i].path, F_OK) == 0) {
            errno = EEXIST;
            export_fail(export->target[i].path, &export->failed);
        }
    return !export->failed;
}

static int export_log(struct export *export)
{
    static struct output none = { .fd = STDOUT_FILENO };

    return log_command(&export->log,
                       &(struct log_events){
                           .context = export,
                           .element = take_element,
                           .start = take_start,
                           .gap = take_missing,
                           .run_end = take_run_end,
                       },
                       &none);
}

/* The exit status, given that of reading the log. */
static int status_of(struct export *export, int status)
{
    uint64_t runs = export->run_number - 1;

    if (export->failed)
        return STATUS_OUTPUT;
    if (export->stop || status == STATUS_UNREADABLE)
        return status;
    if (!export->found) {
        log_complain(export->name, "there is no run %" PRIu64 ": the log holds %" PRIu64,
                     export->wanted, runs);
        return EX_USAGE;
    }
    if (runs > 1 && !export->named_run)
        log_complain(export->name,
                     "the log holds %" PRIu64 " runs, and this is the first; --run=N takes another",
                     runs);
    return export->complete ? STATUS_COMPLETE : STATUS_INCOMPLETE;
}

int export_command(int argc, char **argv)
{
    struct export *export = calloc(1, sizeof(*export));
    struct export_vcpu *vcpu = calloc(EXPORT_VCPUS, sizeof(*vcpu));

    if (!export || !vcpu) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    export->vcpu = vcpu;
    for (unsigned i = 0; i < EXPORT_VCPUS; i++)
        vcpu[i].last = 1; /* tools take a stamp of 0 for none */
    export->run = (struct export_run){ .start = &export->start,
                                       .schema = &export->schema,
                                       .failed = &export->failed };
    parse_options(export, argc, argv);
    export->name = log_name(&export->log);
    begin_run(export);

    int status = targets_are_new(export) ? status_of(export, export_log(export)) : STATUS_OUTPUT;

    end_targets(export);
    free(vcpu);
    free(export);
    return status;
}
