/* SPDX-License-Identifier: MIT */
/* Levels of detail. */
#include "trace/host/timeline/levels.h"

#include <string.h>

static void clear(struct level_node *node)
{
    for (unsigned i = 0; i < node->reasons; i++)
        node->reason[node->row[i]] = (struct level_reason){ 0 };
    node->guest = node->unknown = node->markers = node->lost = 0;
    node->reasons = 0;
}

static void add_reason(struct level_node *node, uint16_t row, const struct level_reason *reason)
{
    struct level_reason *sum = &node->reason[row];

    if (!sum->count)
        node->row[node->reasons++] = row;
    sum->count += reason->count;
    sum->ticks += reason->ticks;
    if (reason->longest > sum->longest)
        sum->longest = reason->longest;
}

static void add_node(struct level_node *to, const struct level_node *from)
{
    to->guest += from->guest;
    to->unknown += from->unknown;
    to->markers += from->markers;
    to->lost += from->lost;
    for (unsigned i = 0; i < from->reasons; i++)
        add_reason(to, from->row[i], &from->reason[from->row[i]]);
}

static void close_node(struct levels *levels, unsigned level)
{
    struct level_node *node = &levels->open[level];

    levels->emit(levels->context, level, node);
    if (level + 1 < LEVELS) {
        add_node(&levels->open[level + 1], node);
        levels->filled[level + 1]++;
    }
    clear(node);
    levels->filled[level] = 0;
}

void levels_begin(struct levels *levels, levels_emit *emit, void *context)
{
    memset(levels, 0, sizeof(*levels));
    levels->emit = emit;
    levels->context = context;
}

void levels_add(struct levels *levels, const struct trace_element *element)
{
    struct level_node *leaf = &levels->open[0];
    bool entered = element->kind == TRACE_EXIT_ENTRY;
    uint64_t begin = element->exit_tsc, end = entered ? element->entry_tsc : begin;

    if (!levels->begun) {
        levels->begun = true;
        levels->start = levels->now = begin;
    }
    if (begin < levels->now)
        begin = levels->now;
    if (end < begin)
        end = begin;
    *(levels->unknown ? &leaf->unknown : &leaf->guest) += begin - levels->now;
    levels->now = end;
    levels->unknown = element->kind == TRACE_LOST;
    if (element->kind == TRACE_MARKER)
        leaf->markers++;
    else if (element->kind == TRACE_LOST)
        leaf->lost += element->slot[0];
    else
        add_reason(leaf, schema_number(element->reason),
                   &(struct level_reason){ 1, end - begin, end - begin });
    levels->filled[0]++;
    for (unsigned i = 0; i < LEVELS; i++)
        if (levels->filled[i] == (i ? LEVELS_FANOUT : LEVELS_LEAF))
            close_node(levels, i);
}

static void close_up_to(struct levels *levels, unsigned top)
{
    for (unsigned i = 0; i <= top; i++)
        if (levels->filled[i])
            close_node(levels, i);
}

void levels_cut(struct levels *levels)
{
    close_up_to(levels, LEVELS_BLOCK);
}

void levels_finish(struct levels *levels)
{
    close_up_to(levels, LEVELS - 1);
}
