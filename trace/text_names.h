/* SPDX-License-Identifier: MIT */
/* How the fields of record lines are called: what writes them and what reads them back share it. */
#ifndef TRACE_TEXT_NAMES_H
#define TRACE_TEXT_NAMES_H

#include <stddef.h>

#include "trace/exit_reasons.h"
#include "trace/record.h"

/* A marker's values are the guest's registers of these names. */
static const char *const text_marker_name[] = { "rbx", "rcx", "rdx", "rsi" };

/* The name of slot i (1-4); one that the table leaves empty has a number for a name. */
static inline const char *text_slot_name(const struct exit_reason_row *row, unsigned i)
{
    static const char *const number[TRACE_SLOTS] = { "s0", "s1", "s2", "s3", "s4" };

    return row->slot[i].kind == SLOT_EMPTY ? number[i] : row->slot[i].name;
}

/* The length of a name; that of a pair is two, with a colon between them: the first one's. */
static inline size_t text_name_length(const char *name)
{
    size_t n = 0;

    while (name[n] && name[n] != ':')
        n++;
    return n;
}

#endif
