/* SPDX-License-Identifier: MIT */
/*
 * What `vexit live' shows of a log that comes in: bounded in size, and knowing nothing of screens.
 * A copy of it is a picture of that moment.
 */
#ifndef TRACE_HOST_LIVE_LIVE_MODEL_H
#define TRACE_HOST_LIVE_LIVE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/end.h"
#include "trace/host/live/rates.h"
#include "trace/host/live/slowest.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/show/schema.h"
#include "trace/record.h"
#include "trace/start.h"

enum {
    LIVE_ROWS = SCHEMA_ROWS + 1,
    LIVE_LINES = 256,      /* of text that are kept */
    LIVE_LINE = 200,       /* the longest of them; what is longer is cut */
    LIVE_SILENT_MS = 2000, /* nothing has come for so long: nothing happens at present */
};

_Static_assert((int)RATES_ROWS == (int)LIVE_ROWS, "a rate for each row of the schema");

/* Exits of one reason. Times are TSC ticks from exit to entry. */
struct live_row {
    uint64_t count;
    uint64_t timed; /* of these, with an entry */
    uint64_t sum, max;
    struct slowest slowest;
};

/* What did not come, or not whole. */
struct live_losses {
    uint64_t frames; /* good ones */
    uint64_t missing_frames, missing_records, damaged, lost;
};

struct live_model {
    struct schema schema;
    struct live_row row[LIVE_ROWS];
    struct rates rates; /* by TSC; by the time of arrival where its frequency is not known */
    struct live_losses losses;
    unsigned runs; /* that are over */
    bool over;     /* so is this one: what comes next begins another */
    bool started;  /* `start' is this run's */
    struct trace_start start;
    bool ended;      /* its END record came */
    uint32_t status; /* with which it did */
    char reason[sizeof(((struct trace_end *)0)->reason)];
    uint64_t exits, markers;
    unsigned vcpus;                       /* that were seen */
    int64_t heard_ms;                     /* when the last record came */
    uint64_t lines;                       /* of text, ever; the last LIVE_LINES of them are kept */
    char line[LIVE_LINES][LIVE_LINE + 1]; /* line n at n % LIVE_LINES; printable ASCII */
    uint64_t notes;
    char note[LIVE_LINE + 1]; /* the last one on something missing, damaged or odd */
};

/* Starts before a log. */
void live_begin(struct live_model *model);

/* Counts are 0 again, as if the run began now. */
void live_reset(struct live_model *model);

/* What a log brings. now_ms: on a clock that goes on, when it came. */
void live_element(struct live_model *model, const struct trace_element *element, int64_t now_ms);
void live_start(struct live_model *model, const struct trace_start *start, const char *payload,
                size_t n);
void live_end(struct live_model *model, const struct trace_end *end);
void live_text(struct live_model *model, const char *line, size_t n);
void live_note(struct live_model *model, const char *note);
void live_run_end(struct live_model *model);

/* Takes from the reader how much of the current run is missing. */
void live_losses(struct live_model *model, const struct log_reader *reader);

/* What can be asked */

enum live_order {
    LIVE_BY_RATE,
    LIVE_BY_TIME,
    LIVE_BY_COUNT,
    LIVE_BY_MAX,
    LIVE_BY_NAME,
    LIVE_ORDERS
};

/* Whether nothing has come for so long that the rates are those of the past. */
bool live_silent(const struct live_model *model, int64_t now_ms);

/*
 * The share of all vCPUs' recent time that so many ticks are, in per cent; below 0 where it is not
 * known.
 */
double live_share(const struct live_model *model, uint64_t ticks);

/*
 * The reasons that came and whose names have `pattern' in them, in whatever case: as indices of
 * rows. Returns their number.
 */
unsigned live_sorted(const struct live_model *model, enum live_order order, const char *pattern,
                     unsigned rows[LIVE_ROWS]);

/* The slowest exits of these rows. */
void live_slowest(const struct live_model *model, const unsigned *rows, unsigned count,
                  struct slowest *slowest);

#endif
