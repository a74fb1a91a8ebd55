/* SPDX-License-Identifier: MIT */
/*
 * The page of `vexit timeline`: one HTML file that needs no other. What it shows is written between
 * the two halves of page.html, while the log is read:
 *
 *   for each frame   what vcpu_data.h says
 *   for each run     <script type="text/plain" class="index">, as many as needed: its nodes, and
 *                    then <script type="application/json" class="run">: what it is and holds
 */
#ifndef TRACE_HOST_TIMELINE_PAGE_H
#define TRACE_HOST_TIMELINE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/host/log/log_reader.h"
#include "trace/host/show/filter.h"
#include "trace/host/show/output.h"
#include "trace/host/show/schema.h"
#include "trace/host/timeline/block.h"
#include "trace/host/timeline/vcpu_data.h"

enum {
    PAGE_VCPUS = 256, /* rows; more than anybody can look at */
    PAGE_NOTES = 20,  /* the first ones are kept */
    PAGE_NOTE_SIZE = 160,
};

struct page {
    struct output *output;
    const char *name; /* of the log */
    bool begun;       /* the first half of page.html is written */
    bool out_of_memory;
    bool too_many; /* vCPUs; told once */
    struct schema schema;
    struct vcpu_data *vcpu[PAGE_VCPUS]; /* of the run, by number */
    struct block index;
    struct filter *filter;
    uint64_t exits;             /* of the run, whether they pass the filter or not */
    bool came[SCHEMA_ROWS + 1]; /* exits of this row of the schema that pass */
    uint64_t notes;             /* as many as there were */
    char note[PAGE_NOTES][PAGE_NOTE_SIZE];
};

/*
 * Starts a page of what passes the filter, which must stay, as `name`. Nothing is written before
 * something is to be shown. When the filter has failed nothing more should be fed.
 */
void page_begin(struct page *page, struct output *output, const char *name, struct filter *filter);

/* What a log reader tells; these are made to be struct log_events, with the page as context. */
void page_start(void *context, const struct trace_start *start, const char *payload, size_t n);
void page_element(void *context, const struct trace_element *element);
void page_gap(void *context, uint16_t vcpu, uint64_t records);
void page_note(void *context, const char *note);
void page_run_end(void *context, const struct log_run *run);

/* Ends the page, if it was begun. False if something was left out of it for want of memory. */
bool page_end(struct page *page);

#endif
