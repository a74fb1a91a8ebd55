/* SPDX-License-Identifier: MIT */
/* vexit timeline: a page that shows a log over time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_input.h"
#include "trace/host/log/part_file.h"
#include "trace/host/timeline/page.h"

struct timeline {
    struct log_options log;
    struct filter filter;
    const char *path; /* of the page */
    struct part_file file;
    struct output output;
    struct page page;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct timeline *timeline = state->input;

    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &timeline->log;
        state->child_inputs[1] = &timeline->filter;
        return 0;
    case 'o':
        timeline->path = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!timeline->path)
            argp_error(state, "no page given: -o PAGE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void parse_options(struct timeline *timeline, int argc, char **argv)
{
    static const struct argp_option options[] = {
        { "output", 'o', "PAGE", 0, "The page to write or replace; - for standard output", 0 },
        { 0 },
    };
    static const struct argp_child children[] = { { &log_options_argp, 0, NULL, 0 },
                                                  { &filter_argp, 0, NULL, 0 },
                                                  { 0 } };
    static const struct argp argp = {
        .options = options,
        .parser = parse,
        .args_doc = "LOG -o PAGE",
        .doc = "Writes a web page that shows the records of LOG over time: a row for each vCPU, "
               "with its time in the guest and in the VMM by exit reason. The page is one file "
               "that needs neither network nor server.",
        .children = children,
    };

    log_options_begin(&timeline->log);
    timeline->log.stop = &timeline->filter.failed;
    argp_parse(&argp, argc, argv, 0, NULL, timeline);
}

/* False after an error was told. */
static bool open_page(struct timeline *timeline)
{
    const char *source;

    log_options_memory(&timeline->log, &source);
    if (log_input_is_file(source, timeline->path)) {
        log_complain(timeline->path, "is the log itself, which the page would overwrite");
        return false;
    }
    if (!part_file_open(&timeline->file, timeline->path, true))
        return false;
    log_input_end_on_interrupt();
    timeline->output.fd = timeline->file.fd;
    timeline->output.name = timeline->file.name;
    return true;
}

/* Returns the exit status. Where it is below STATUS_UNREADABLE there is a page. */
static int write_page(struct timeline *timeline)
{
    struct page *page = &timeline->page;
    int status;

    page_begin(page, &timeline->output, log_name(&timeline->log), &timeline->filter);
    status = log_command(&timeline->log,
                         &(struct log_events){
                             .context = page,
                             .start = page_start,
                             .element = page_element,
                             .gap = page_gap,
                             .note = page_note,
                             .run_end = page_run_end,
                         },
                         &timeline->output);
    if (!page_end(page)) {
        log_complain(timeline->file.name, "%s", strerror(ENOMEM));
        return STATUS_OUTPUT;
    }
    if (status == STATUS_OUTPUT || output_flush(&timeline->output))
        return status;
    log_complain(timeline->file.name, "%s", strerror(timeline->output.error));
    return STATUS_OUTPUT;
}

/* A page that is there already stays as it is until there is another one. */
static int make_page(struct timeline *timeline)
{
    int status = write_page(timeline);

    if (status >= STATUS_UNREADABLE)
        part_file_discard(&timeline->file);
    else if (!part_file_keep(&timeline->file))
        status = STATUS_OUTPUT;
    return status;
}

int timeline_command(int argc, char **argv)
{
    struct timeline *timeline = calloc(1, sizeof(*timeline));

    if (!timeline) {
        perror("vexit");
        return STATUS_UNREADABLE;
    }
    parse_options(timeline, argc, argv);

    int status = open_page(timeline) ? make_page(timeline) : STATUS_OUTPUT;

    free(timeline);
    return status;
}
