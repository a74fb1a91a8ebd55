/* SPDX-License-Identifier: MIT */
/* What every log that the tool itself makes has to be: one run that reads without a complaint. */
#ifndef TESTS_FUZZ_LOG_CHECK_H
#define TESTS_FUZZ_LOG_CHECK_H

#include "tests/fuzz/fuzz.h"
#include "trace/host/log/log_reader.h"

struct log_check {
    struct log_reader *reader;
    uint64_t exits; /* exit records */
    unsigned runs, complete;
};

static inline void log_check_element(void *context, const struct trace_element *element)
{
    struct log_check *check = context;

    check->exits += element->kind <= TRACE_EXIT_ONLY;
}

static inline void log_check_run(void *context, const struct log_run *run)
{
    struct log_check *check = context;

    check->runs++;
    check->complete += log_run_complete(run);
}

static inline void log_check_begin(struct log_check *check)
{
    const struct log_events events = { .context = check,
                                       .element = log_check_element,
                                       .run_end = log_check_run };

    *check = (struct log_check){ .reader = log_reader_new(&events) };
}

static inline void log_check_end(struct log_check *check)
{
    log_reader_finish(check->reader);
    log_reader_free(check->reader);
}

#endif
