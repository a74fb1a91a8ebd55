/* SPDX-License-Identifier: MIT */
/* vexit timeline: a page that shows a log over time. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_input.h"
#include "trace/host/timeline/page.h"

struct timeline {
    struct log_options log;
    struct filter filter;
    const char *path; /* of the page */
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
        { "output", 'o', "PAGE", 0, "The page to write or overwrite; - for standard output", 0 },
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

/* A page that is there already stays as it is until there is another one to write. */
static bool open_page(struct timeline *timeline)
{
    const char *source;

    log_options_memory(&timeline->log, &source);
    if (log_input_is_file(source, timeline->path)) {
        log_complain(timeline->path, "is the log itself, which the page would overwrite");
        return false;
    }
    timeline->output.name = timeline->path;
    timeline->output.fd = strcmp(timeline->path, "-") == 0
                              ? STDOUT_FILENO
                              : open(timeline->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (timeline->output.fd >= 0)
        return true;
    log_complain(timeline->path, "%s", strerror(errno));
    return false;
}

/* Cuts off what is left of an older, longer page. A page that was not begun leaves no file. */
static void close_page(struct timeline *timeline)
{
    struct stat status;

    if (timeline->output.fd == STDOUT_FILENO || fstat(timeline->output.fd, &status) < 0)
        return;
    if (S_ISREG(status.st_mode)) {
        off_t end = lseek(timeline->output.fd, 0, SEEK_CUR);

        if (!timeline->page.begun && status.st_size == 0)
            unlink(timeline->path);
        else if (timeline->page.begun && end >= 0 && ftruncate(timeline->output.fd, end) < 0)
            log_complain(timeline->path, "%s", strerror(errno));
    }
    close(timeline->output.fd);
}

static int make_page(struct timeline *timeline)
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
        log_complain(timeline->path, "%s: the page is not whole", strerror(ENOMEM));
        status = STATUS_INCOMPLETE;
    }
    if (!output_flush(&timeline->output))
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

    int status = STATUS_OUTPUT;

    if (open_page(timeline)) {
        status = make_page(timeline);
        close_page(timeline);
    }
    free(timeline);
    return status;
}
