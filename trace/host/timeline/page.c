/* SPDX-License-Identifier: MIT */
/* The page of `vexit timeline`, written as the log comes in. */
#include "trace/host/timeline/page.h"

#include <stdlib.h>
#include <string.h>

#include "trace/host/show/complain.h"
#include "trace/host/show/trace_switch.h"
#include "trace/host/timeline/run_facts.h"
#include "trace/host/timeline/template.h"

enum { INDEX_SIZE = 32 * 1024 }; /* of a piece of the index, in bytes */

static void begin(struct page *page)
{
    if (page->begun)
        return;
    page->begun = true;
    output_bytes(page->output, template_head, (size_t)(template_tail - template_head));
}

static void write_index(struct page *page)
{
    if (!page->index.used)
        return;
    output_print(page->output, "<script type=\"text/plain\" class=\"index\">");
    block_write(&page->index, page->output);
    output_print(page->output, "</script>\n");
}

static void clear_run(struct page *page)
{
    for (unsigned i = 0; i < PAGE_VCPUS; i++) {
        vcpu_data_free(page->vcpu[i]);
        page->vcpu[i] = NULL;
    }
    memset(page->came, 0, sizeof(page->came));
    page->notes = page->exits = 0;
    schema_begin(&page->schema);
    filter_begin_run(page->filter, &page->schema);
}

void page_begin(struct page *page, struct output *output, const char *name, struct filter *filter)
{
    memset(page, 0, sizeof(*page));
    page->output = output;
    page->name = name;
    page->filter = filter;
    clear_run(page);
}

void page_start(void *context, const struct trace_start *start, const char *payload, size_t n)
{
    struct page *page = context;

    schema_begin(&page->schema);
    schema_read(&page->schema, payload, n);
    filter_take_start(page->filter, start->tsc_hz);
}

/* NULL: the page cannot have this vCPU. */
static struct vcpu_data *find_vcpu(struct page *page, uint16_t vcpu)
{
    if (vcpu >= PAGE_VCPUS) {
        if (!page->too_many)
            log_complain(page->name, "vCPUs from %d on are not shown: a page has no more rows",
                         PAGE_VCPUS);
        page->too_many = true;
        return NULL;
    }
    if (!page->vcpu[vcpu])
        page->vcpu[vcpu] = vcpu_data_new(vcpu, page->output, &page->index);
    if (!page->vcpu[vcpu])
        page->out_of_memory = true;
    return page->vcpu[vcpu];
}

/* Time of which the filter leaves out exits is unknown; before a vCPU's first element all is. */
static void leave_out(struct page *page, uint16_t vcpu)
{
    if (vcpu < PAGE_VCPUS && page->vcpu[vcpu])
        vcpu_data_gap(page->vcpu[vcpu], GAP_LEFT_OUT, 0);
}

void page_element(void *context, const struct trace_element *element)
{
    struct page *page = context;
    bool is_exit = element->kind <= TRACE_EXIT_ONLY;

    page->exits += is_exit;
    if (!filter_pass(page->filter, element)) {
        if (element->kind != TRACE_MARKER)
            leave_out(page, element->vcpu);
        return;
    }

    struct vcpu_data *data = find_vcpu(page, element->vcpu);

    if (!data)
        return;
    begin(page);
    vcpu_data_add(data, element);
    if (is_exit)
        page->came[schema_number(element->reason)] = true;
    if (trace_switched_off(element))
        vcpu_data_gap(data, GAP_SWITCHED_OFF, 0);
    if (page->index.used > INDEX_SIZE)
        write_index(page);
}

void page_gap(void *context, uint16_t vcpu, uint64_t records)
{
    struct page *page = context;

    /* Before a vCPU's first element all is unknown anyway. */
    if (vcpu < PAGE_VCPUS && page->vcpu[vcpu])
        vcpu_data_gap(page->vcpu[vcpu], GAP_MISSING, records);
}

void page_note(void *context, const char *note)
{
    struct page *page = context;

    if (page->notes++ < PAGE_NOTES)
        snprintf(page->note[page->notes - 1], PAGE_NOTE_SIZE, "%s", note);
}

void page_run_end(void *context, const struct log_run *run)
{
    struct page *page = context;

    if (!run->frames || page->filter->failed) {
        clear_run(page);
        return;
    }
    begin(page);
    for (unsigned i = 0; i < PAGE_VCPUS; i++)
        if (page->vcpu[i]) {
            vcpu_data_finish(page->vcpu[i]);
            page->out_of_memory |= page->vcpu[i]->block.failed;
        }
    write_index(page);
    output_print(page->output, "<script type=\"application/json\" class=\"run\">");
    run_facts_write(page, run);
    output_print(page->output, "</script>\n");
    clear_run(page);
}

bool page_end(struct page *page)
{
    bool whole = !page->out_of_memory && !page->index.failed;

    if (page->begun)
        output_bytes(page->output, template_tail, (size_t)(template_end - template_tail));
    clear_run(page);
    block_free(&page->index);
    return whole;
}
