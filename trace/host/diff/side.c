/* SPDX-License-Identifier: MIT */
/* One of the two logs that are compared. */
#include "trace/host/diff/side.h"

#include <stdlib.h>

#include "trace/host/diff/decoded.h"

/* In the reading thread: */

/* The batch that is being filled. */
static struct side_batch *filling(struct side *side)
{
    return &side->batch[side->given % SIDE_BATCHES];
}

/* Hands over what was filled in, and waits for room for more. */
static void give(struct side *side)
{
    pthread_mutex_lock(&side->lock);
    side->given++;
    pthread_cond_broadcast(&side->changed);
    while (side->given - side->taken == SIDE_BATCHES)
        pthread_cond_wait(&side->changed, &side->lock);
    pthread_mutex_unlock(&side->lock);
    filling(side)->n = 0;
}

static void count(struct side *side, const struct trace_element *element)
{
    uint32_t basic = element->reason & EXIT_REASON_BASIC;
    struct side_reason *reason = &side->reason[basic < SCHEMA_ROWS ? basic : SCHEMA_ROWS];

    side->seen[element->vcpu] = true;
    if (element->vcpu >= side->vcpus)
        side->vcpus = element->vcpu + 1u;
    if (element->kind == TRACE_LOST)
        side->lost += element->slot[0];
    if (element->kind > TRACE_EXIT_ONLY)
        return;
    side->exits++;
    reason->count++;
    if (element->kind == TRACE_EXIT_ONLY)
        return;
    reason->timed++;
    reason->ticks += element->entry_tsc - element->exit_tsc;
}

static void take_element(void *context, const struct trace_element *element)
{
    struct side *side = context;
    struct side_batch *batch = filling(side);
    bool compared = equality_token(&side->rows, element, &batch->token[batch->n]);

    if (!side->counted) {
        count(side, element);
        side->passed_over += !compared && element->kind <= TRACE_EXIT_ONLY;
    }
    if (!compared || element->vcpu != side->vcpu)
        return;
    batch->element[batch->n++] = *element;
    if (batch->n == ALIGN_BATCH)
        give(side);
}

static void take_start(void *context, const struct trace_start *start, const char *payload,
                       size_t n)
{
    struct side *side = context;

    side->tsc_hz = start->tsc_hz;
    pthread_mutex_lock(&side->lock);
    schema_begin(&side->schema);
    schema_read(&side->schema, payload, n);
    pthread_mutex_unlock(&side->lock);
    equality_begin(&side->rows, side->equality, &side->schema);
}

static void take_end(void *context, const struct trace_end *end, const char *payload, size_t n)
{
    struct side *side = context;

    (void)payload;
    (void)n;
    side->has_end = true;
    side->end_status = end->status;
}

static void take_run_end(void *context, const struct log_run *run)
{
    struct side *side = context;

    if (run->frames && !log_run_complete(run))
        log_verdict(side->verdict, sizeof(side->verdict), run);
}

static void *read_log(void *context)
{
    struct side *side = context;
    struct log_events events = {
        .context = side,
        .element = take_element,
        .start = take_start,
        .end = take_end,
        .run_end = take_run_end,
    };

    side->status = side->decoded ? decoded_read(side->log.path, &events)
                                 : log_command(&side->log, &events, side->output);
    give(side);
    pthread_mutex_lock(&side->lock);
    side->done = true;
    pthread_cond_broadcast(&side->changed);
    pthread_mutex_unlock(&side->lock);
    return NULL;
}

/* In the comparing thread: */

static void fetch(struct align_side *align)
{
    struct side *side = align->context;
    struct side_batch *batch = &side->batch[side->taken % SIDE_BATCHES];

    pthread_mutex_lock(&side->lock);
    while (side->given == side->taken && !side->done)
        pthread_cond_wait(&side->changed, &side->lock);
    align->over = side->given == side->taken;
    pthread_mutex_unlock(&side->lock);
    if (align->over)
        return;
    for (unsigned i = 0; i < batch->n; i++) {
        align->ring[align->fetched % ALIGN_WINDOW] = batch->token[i];
        side->element[align->fetched++ % ALIGN_WINDOW] = batch->element[i];
    }
    pthread_mutex_lock(&side->lock);
    side->taken++;
    pthread_cond_broadcast(&side->changed);
    pthread_mutex_unlock(&side->lock);
}

bool side_begin(struct side *side, unsigned vcpu)
{
    side->vcpu = vcpu;
    side->done = false;
    side->given = side->taken = 0;
    side->batch[0].n = 0;
    side->align.fetched = 0;
    side->align.over = false;
    schema_begin(&side->schema);
    equality_begin(&side->rows, side->equality, &side->schema);
    return pthread_create(&side->thread, NULL, read_log, side) == 0;
}

void side_end(struct side *side)
{
    while (!side->align.over)
        fetch(&side->align);
    pthread_join(side->thread, NULL);
    side->counted = true;
}

struct side *side_new(const char *path, unsigned long baud, const struct equality *equality)
{
    struct side *side = calloc(1, sizeof(*side));

    if (!side)
        return NULL;
    side->log = (struct log_options){ .path = path, .baud = baud, .quiet = true };
    side->name = log_name(&side->log);
    side->decoded = decoded_begins(path);
    side->equality = equality;
    side->align.context = side;
    side->align.fetch = fetch;
    side->align.ring = malloc(ALIGN_WINDOW * sizeof(*side->align.ring));
    side->element = malloc(ALIGN_WINDOW * sizeof(*side->element));
    side->output = calloc(1, sizeof(*side->output));
    pthread_mutex_init(&side->lock, NULL);
    pthread_cond_init(&side->changed, NULL);
    if (side->align.ring && side->element && side->output)
        return side;
    side_free(side);
    return NULL;
}

void side_free(struct side *side)
{
    if (!side)
        return;
    pthread_cond_destroy(&side->changed);
    pthread_mutex_destroy(&side->lock);
    free(side->align.ring);
    free(side->element);
    free(side->output);
    free(side);
}
