/* SPDX-License-Identifier: MIT */
/* How many frames of a recording were good. */
#ifndef TRACE_HOST_RECORD_TALLY_H
#define TRACE_HOST_RECORD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/log_reader.h"

enum { TALLY_WORDS = 200 };

struct tally {
    uint64_t good;    /* frames, or record lines */
    uint64_t missing; /* frames */
    uint64_t damaged; /* places in which something that was no frame stood */
    uint64_t records;
    bool lines; /* what is counted are record lines */
};

void tally_add(struct tally *tally, const struct log_run *run);

/* "1204 good frames, 1 missing, 2 damaged; 52301 records" */
void tally_words(char words[TALLY_WORDS], const struct tally *tally);

#endif
