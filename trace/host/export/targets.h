/* SPDX-License-Identifier: MIT */
/*
 * What `vexit export` was asked to write. A target is written under its name with ".part" behind it, and
 * has its own name only once it is whole; what went wrong leaves nothing behind.
 */
#ifndef TRACE_HOST_EXPORT_TARGETS_H
#define TRACE_HOST_EXPORT_TARGETS_H

#include <stdbool.h>

#include "trace/host/export/exporter.h"
#include "trace/record.h"

enum {
#define EXPORTER(name, option, argument, words) TARGET_##name,
#include "trace/host/export/exporters.def"
    TARGETS,
};

struct target {
    const char *path; /* NULL: not asked for */
    char *part;       /* what is written; NULL: nothing to be taken away */
    void *state;      /* the format's own; NULL: not begun, or ended */
};

struct targets {
    struct target target[TARGETS];
    bool failed; /* something could not be written, and was told: nothing is, from then on */
};

bool targets_asked_for(const struct targets *targets);

/*
 * Whether two of them, or what is written for one and another, would be the same file, whatever the ways
 * to it. True after it was told.
 */
bool targets_collide(const struct targets *targets);

/*
 * Before anything else: whether none of them is there yet, which is better known before a long log is
 * read. False after it was told.
 */
bool targets_are_new(struct targets *targets);

/* Creates them. `run` is to stay until they are kept or discarded. */
void targets_begin(struct targets *targets, const struct export_run *run);

/* To every target, up to the first failure; see exporter.h. */
void targets_exit(struct targets *targets, const struct trace_element *element);
void targets_marker(struct targets *targets, const struct trace_element *element);
void targets_loss(struct targets *targets, const struct export_loss *loss);

/* Completes them and gives them their names, unless one failed. */
void targets_keep(struct targets *targets);

/* Takes away what was begun and not kept. Always to be called in the end. */
void targets_discard(struct targets *targets);

#endif
