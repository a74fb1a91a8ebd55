/* SPDX-License-Identifier: MIT */
/* What a page says of a run beside its records: a JSON object. */
#ifndef TRACE_HOST_TIMELINE_RUN_FACTS_H
#define TRACE_HOST_TIMELINE_RUN_FACTS_H

#include "trace/host/timeline/page.h"

/*
 * Writes the object, without a character that would end a script element:
 *
 *   log, version, options, end, verdict   strings
 *   complete, filtered                    boolean; filtered: a filter chose what is shown
 *   lost                                  number: records that the VMM had no room for
 *   exits                                 number, of the run, whether they are shown or not
 *   tsc_hz                                number, 0: not known
 *   notes                                 [string], the first ones, and note_count
 *   vcpus                                 [{ vcpu, start, end }], stamps as strings of digits
 *   reasons                               [{ row, name, has_qualification, slots }] of those that
 *                                         are shown; slots: [{ name, kind }] of 1 to 4
 */
void run_facts_write(const struct page *page, const struct log_run *run);

#endif
