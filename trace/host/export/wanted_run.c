/* SPDX-License-Identifier: MIT */
/* One run of a log, as its targets take it. */
#include "trace/host/export/wanted_run.h"

#include <inttypes.h>
#include <stdlib.h>

#include "trace/host/log/log_command.h"

enum { NANOSECONDS = 1000000000 };

/* What has to be known of a vCPU between its elements. */
struct export_vcpu {
    uint64_t last;        /* its last stamp, which the next ones are not before */
    uint64_t gap_records; /* missing before its next element, as far as they were counted */
    uint64_t told;        /* of all its missing records, those handed on */
    bool gap;
    bool lossy; /* `loss` waits for the stamp of the next element */
    struct export_loss loss;
};

static bool is_wanted(const struct wanted_run *wanted)
{
    return wanted->at == wanted->number && !wanted->stop;
}

static void set_frequency(struct wanted_run *wanted)
{
    struct export_run *run = &wanted->run;

    run->tsc_hz = wanted->given_hz ? wanted->given_hz : wanted->start.tsc_hz;
    if (run->tsc_hz && run->tsc_hz <= OPTION_NUMBER_MAX)
        return;
    run->tsc_hz = NANOSECONDS;
    log_complain(wanted->name,
                 "the TSC frequency is not known: one tick is shown as one nanosecond "
                 "(--tsc-hz=HZ sets it)");
}

/* Before the first element, as only then names and frequency are known. */
static void begin_targets(struct wanted_run *wanted)
{
    if (wanted->begun)
        return;
    wanted->begun = true;
    set_frequency(wanted);
    targets_begin(&wanted->targets, &wanted->run);
    wanted->stop |= wanted->targets.failed;
}

/* Elements */

static struct export_vcpu *vcpu_of(struct wanted_run *wanted, uint16_t number)
{
    if (number < EXPORT_VCPUS)
        return &wanted->vcpu[number];
    log_complain(wanted->name, "vCPU %u: more than %d vCPUs cannot be exported", number,
                 EXPORT_VCPUS);
    wanted->stop = wanted->targets.failed = true;
    return NULL;
}

/* The last stamp of which tools can hold the nanoseconds. */
static uint64_t last_stamp(const struct wanted_run *wanted)
{
    unsigned __int128 ticks = (unsigned __int128)EXPORT_NS_MAX * wanted->run.tsc_hz / NANOSECONDS;

    return ticks < UINT64_MAX ? (uint64_t)ticks : UINT64_MAX;
}

/* No stamp goes back or too far; it can only where records came late, or in a log of no VMM. */
static uint64_t forward(struct wanted_run *wanted, struct export_vcpu *vcpu, uint64_t tsc)
{
    uint64_t limit = last_stamp(wanted);

    wanted->moved += tsc < vcpu->last || tsc > limit;
    if (tsc > vcpu->last)
        vcpu->last = tsc < limit ? tsc : limit;
    return vcpu->last;
}

/* Records are not there before the vCPU's next element; merges with what is known already. */
static void add_loss(struct wanted_run *wanted, struct export_vcpu *vcpu, uint16_t number,
                     uint64_t records, uint64_t since)
{
    if (!vcpu->lossy)
        vcpu->loss = (struct export_loss){ .vcpu = number, .since = forward(wanted, vcpu, since) };
    vcpu->lossy = true;
    vcpu->loss.records += records;
}

static void tell_loss(struct wanted_run *wanted, struct export_vcpu *vcpu, uint64_t until)
{
    if (!vcpu->lossy)
        return;
    vcpu->lossy = false;
    vcpu->loss.until = until > vcpu->loss.since ? until : vcpu->loss.since;
    targets_loss(&wanted->targets, &vcpu->loss);
    wanted->stop |= wanted->targets.failed;
}

/* A gap is filtered like a lost record at the stamp of the element behind it. */
static void take_gap(struct wanted_run *wanted, struct export_vcpu *vcpu, uint16_t number,
                     uint64_t tsc)
{
    struct trace_element gap = { .kind = TRACE_LOST, .exit_tsc = tsc, .vcpu = number };

    if (vcpu->gap && filter_pass(&wanted->filter, &gap))
        add_loss(wanted, vcpu, number, vcpu->gap_records, vcpu->last);
    vcpu->told += vcpu->gap_records;
    vcpu->gap_records = 0;
    vcpu->gap = false;
}

static void hand_on(struct wanted_run *wanted, struct export_vcpu *vcpu,
                    const struct trace_element *element)
{
    struct trace_element moved = *element;

    moved.exit_tsc = forward(wanted, vcpu, element->exit_tsc);
    tell_loss(wanted, vcpu, moved.exit_tsc);
    if (element->kind == TRACE_MARKER) {
        targets_marker(&wanted->targets, &moved);
    } else {
        if (element->kind == TRACE_EXIT_ENTRY)
            moved.entry_tsc = forward(wanted, vcpu, element->entry_tsc);
        targets_exit(&wanted->targets, &moved);
    }
    wanted->stop |= wanted->targets.failed;
}

static void take_element(void *context, const struct trace_element *element)
{
    struct wanted_run *wanted = context;
    struct export_vcpu *vcpu = is_wanted(wanted) ? vcpu_of(wanted, element->vcpu) : NULL;

    if (!vcpu)
        return;

    bool passes = filter_pass(&wanted->filter, element);

    wanted->stop |= wanted->filter.failed;
    if (wanted->stop)
        return;
    begin_targets(wanted);
    take_gap(wanted, vcpu, element->vcpu, element->exit_tsc);
    if (!passes)
        return;
    if (element->kind == TRACE_LOST)
        add_loss(wanted, vcpu, element->vcpu, element->slot[0], element->exit_tsc);
    else
        hand_on(wanted, vcpu, element);
}

static void take_missing(void *context, uint16_t number, uint64_t records)
{
    struct wanted_run *wanted = context;
    struct export_vcpu *vcpu = is_wanted(wanted) ? vcpu_of(wanted, number) : NULL;

    if (!vcpu)
        return;
    vcpu->gap = true;
    vcpu->gap_records += records;
}

/* Runs */

static void begin_run(struct wanted_run *wanted)
{
    wanted->at++;
    wanted->start = (struct trace_start){ 0 };
    schema_begin(&wanted->schema);
    filter_begin_run(&wanted->filter, &wanted->schema);
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct wanted_run *wanted = context;

    if (!is_wanted(wanted) || wanted->begun)
        return; /* it came late: what is written stands */
    wanted->start = *start;
    schema_begin(&wanted->schema);
    schema_read(&wanted->schema, payload, n);
    filter_take_start(&wanted->filter, wanted->given_hz ? wanted->given_hz : start->tsc_hz);
    wanted->stop |= wanted->filter.failed;
}

/* What is missing after each vCPU's last element. */
static void take_last_losses(struct wanted_run *wanted, const struct log_run *run)
{
    for (uint16_t i = 0; i < EXPORT_VCPUS; i++) {
        struct export_vcpu *vcpu = &wanted->vcpu[i];
        uint64_t missing = i < run->vcpus ? run->vcpu[i].missing : 0;

        if (missing > vcpu->told) {
            vcpu->gap = true;
            vcpu->gap_records = missing - vcpu->told;
        }
        take_gap(wanted, vcpu, i, vcpu->last);
        tell_loss(wanted, vcpu, vcpu->last);
    }
}

static void print_verdict(struct wanted_run *wanted, const struct log_run *run)
{
    char verdict[512];

    log_verdict(verdict, sizeof(verdict), run);
    if (!log_run_complete(run) || run->lost)
        log_complain(wanted->name, "%s", verdict);
    if (wanted->moved)
        log_complain(wanted->name,
                     "%" PRIu64 " stamps were before those of the records before, or beyond what "
                     "tools can hold, and were moved",
                     wanted->moved);
}

static void take_run_end(void *context, const struct log_run *run)
{
    struct wanted_run *wanted = context;

    if (!run->frames)
        return;
    if (is_wanted(wanted)) {
        begin_targets(wanted); /* a run without a record is a whole trace, too */
        take_last_losses(wanted, run);
        if (!wanted->stop)
            targets_keep(&wanted->targets);
        wanted->found = true;
        wanted->complete = log_run_complete(run);
        wanted->stop |= wanted->targets.failed;
        if (!wanted->stop)
            print_verdict(wanted, run);
    }
    begin_run(wanted);
}

struct wanted_run *wanted_run_new(void)
{
    struct wanted_run *wanted = calloc(1, sizeof(*wanted));

    if (!wanted)
        return NULL;
    wanted->vcpu = calloc(EXPORT_VCPUS, sizeof(*wanted->vcpu));
    if (!wanted->vcpu) {
        free(wanted);
        return NULL;
    }
    for (unsigned i = 0; i < EXPORT_VCPUS; i++)
        wanted->vcpu[i].last = 1; /* tools take a stamp of 0 for none */
    wanted->number = 1;
    wanted->run = (struct export_run){ .start = &wanted->start,
                                       .schema = &wanted->schema,
                                       .failed = &wanted->targets.failed };
    return wanted;
}

struct log_events wanted_run_events(struct wanted_run *wanted)
{
    begin_run(wanted);
    return (struct log_events){
        .context = wanted,
        .element = take_element,
        .start = take_start,
        .gap = take_missing,
        .run_end = take_run_end,
    };
}

void wanted_run_free(struct wanted_run *wanted)
{
    if (!wanted)
        return;
    targets_discard(&wanted->targets);
    free(wanted->vcpu);
    free(wanted);
}
