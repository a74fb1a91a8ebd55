/* SPDX-License-Identifier: MIT */
/* How many frames of a recording were good. */
#include "trace/host/record/tally.h"

#include <inttypes.h>
#include <stdio.h>

void tally_add(struct tally *tally, const struct log_run *run)
{
    tally->good += run->frames;
    tally->missing += run->missing_frames;
    tally->damaged += run->damaged_places + run->broken;
    tally->records += run->records;
    tally->lines |= run->lines;
}

void tally_words(char words[TALLY_WORDS], const struct tally *tally)
{
    snprintf(words, TALLY_WORDS,
             "%" PRIu64 " good %s%s, %" PRIu64 " missing, %" PRIu64 " damaged; %" PRIu64 " records",
             tally->good, tally->lines ? "record line" : "frame", tally->good == 1 ? "" : "s",
             tally->missing, tally->damaged, tally->records);
}
