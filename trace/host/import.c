/* SPDX-License-Identifier: MIT */
/* vexit import: makes a log of a trace of another hypervisor. */
#include "trace/host/import/import.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/host/log/log_input.h"
#include "trace/host/log/log_options.h"
#include "trace/host/log/part_file.h"
#include "trace/host/log/part_guard.h"
#include "trace/scan.h"

struct request {
    const char *from, *to;
    bool force;
    struct import_options options;
    uint8_t *trace; /* mapped, n bytes */
    size_t n;
    struct part_file file;
    bool open, failed; /* the file; and that was told */
    struct output output;
};

enum { HELD_WHOLE = 32 << 20 /* bytes of a trace that may stay in memory */ };

enum { OPTION_PID = 256, OPTION_DOMAIN, OPTION_BUFFER, OPTION_TSC_HZ };

static void take_choice(struct request *request, struct argp_state *state, const char *list)
{
    struct import_options *options = &request->options;
    struct scan scan = scan_string(list);
    uint64_t number;

    do {
        struct scan word = scan_until(&scan, ',');

        if (!scan_whole_number(&word, &number) || number > UINT32_MAX ||
            options->chosen == IMPORT_CHOSEN)
            argp_error(state, "not a list of up to %d numbers: '%s'", IMPORT_CHOSEN, list);
        options->choice[options->chosen++] = (uint32_t)number;
    } while (!scan_empty(&scan));
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct request *request = state->input;

    switch (key) {
    case 'o':
        request->to = argument;
        return 0;
    case 'f':
        request->force = true;
        return 0;
    case OPTION_PID:
    case OPTION_DOMAIN:
        take_choice(request, state, argument);
        return 0;
    case OPTION_BUFFER:
        request->options.buffer = argument;
        return 0;
    case OPTION_TSC_HZ:
        request->options.tsc_hz = option_number(argument, "tsc-hz", state);
        return 0;
    case ARGP_KEY_ARG:
        if (request->from)
            argp_error(state, "one TRACE only");
        request->from = argument;
        return 0;
    case ARGP_KEY_END:
        if (!request->from || !request->to)
            argp_error(state, "a TRACE and -o LOG are needed");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option option_rows[] = {
    { "output", 'o', "LOG", 0, "The log to write", 0 },
    { "force", 'f', NULL, 0, "Replace LOG if it is there", 0 },
    { "pid", OPTION_PID, "PID,...", 0, "KVM: the threads that run the vCPUs that are wanted", 0 },
    { "buffer", OPTION_BUFFER, "NAME", 0,
      "KVM: the buffer that is wanted, of several instances of ftrace", 0 },
    { "domain", OPTION_DOMAIN, "N,...", 0, "Xen: the domains that are wanted", 0 },
    { "tsc-hz", OPTION_TSC_HZ, "HZ", 0,
      "How often the trace's clock ticks in a second, where it does not tell (Xen)", 0 },
    { 0 },
};

/* The log is begun only when it is known that there is something to write. */
static bool write_log(void *context, const void *bytes, size_t n)
{
    struct request *request = context;

    if (!request->open) {
        part_guard_hold();
        request->open = part_file_open(&request->file, request->to, request->force);
        request->failed = !request->open;
        part_guard(request->open ? request->file.part : NULL);
        request->output.fd = request->file.fd;
    }
    if (request->open)
        output_bytes(&request->output, bytes, n);
    return request->open && !request->output.error;
}

/* The log gets its name, or is taken away. False after an error was told. */
static bool end_log(struct request *request, bool keep)
{
    bool kept = keep;

    part_guard_hold();
    if (keep)
        kept = part_file_keep(&request->file);
    else
        part_file_discard(&request->file);
    part_guard(NULL);
    return kept;
}

/* Gives the log its name, unless something went wrong. False after an error was told. */
static bool keep_log(struct request *request, const struct import *import)
{
    int error = 0;

    if (request->failed)
        return false;
    if (!output_flush(&request->output))
        error = request->output.error;
    else if (import->failed || !request->open)
        error = ENOMEM;
    else
        return end_log(request, true);
    log_complain(request->open ? request->file.name : request->to, "%s", strerror(error));
    if (request->open)
        end_log(request, false);
    return false;
}

static void give_back(void *context)
{
    const struct request *request = context;

    madvise(request->trace, request->n, MADV_DONTNEED);
}

static void tell_counts(FILE *to, const struct import *import)
{
    const struct pairing *pairing = &import->pairing;

    fprintf(to, "%" PRIu64 " exit%s, %" PRIu64 " event%s lost", pairing->exits,
            pairing->exits == 1 ? "" : "s", pairing->lost, pairing->lost == 1 ? "" : "s");
    if (pairing->without_entry)
        fprintf(to, ", %" PRIu64 " exit%s without an entry", pairing->without_entry,
                pairing->without_entry == 1 ? "" : "s");
    if (pairing->without_exit)
        fprintf(to, ", %" PRIu64 " entr%s without an exit", pairing->without_exit,
                pairing->without_exit == 1 ? "y" : "ies");
    fprintf(to, "\n");
    for (unsigned i = 0; import->map.by_name && i < import->map.vcpus; i++)
        if (import->map.of_number[i])
            fprintf(to, "vcpu%u is %s, %" PRIu64 " exit%s\n", i, import->vcpu_name[i],
                    import->map.of_number[i]->exits,
                    import->map.of_number[i]->exits == 1 ? "" : "s");
}

static int report(struct request *request, const struct import *import)
{
    if (!keep_log(request, import))
        return STATUS_OUTPUT;
    tell_counts(request->file.fd == STDOUT_FILENO ? stderr : stdout, import);
    if (!import->incomplete[0])
        return STATUS_COMPLETE;
    log_complain(request->from, "imported in part: %s", import->incomplete);
    return STATUS_INCOMPLETE;
}

static int convert(struct request *request)
{
    struct import *import = calloc(1, sizeof(*import));
    int status = STATUS_UNREADABLE;

    if (!import) {
        log_complain(request->from, "%s", strerror(ENOMEM));
        return status;
    }
    import->options = &request->options;
    import->write = write_log;
    import->context = request;
    import->reading = (struct reading){ .give_back = request->n > HELD_WHOLE ? give_back : NULL,
                                        .context = request };
    if (import_trace(import, request->trace, request->n))
        status = report(request, import);
    else
        log_complain(request->from, "%s", import->error);
    if (status == STATUS_UNREADABLE && request->open)
        end_log(request, false);
    free(import);
    return status;
}

static struct request *reading; /* a trace that is mapped */

/*
 * Somebody made the trace shorter, so that a part of it is no longer there. The signal comes where bytes
 * of the trace are read and from within nothing that is called here.
 */
static void cut_off(int number)
{
    (void)number;
    log_complain(reading->from, "was made shorter while it was read");
    if (reading->open)
        end_log(reading, false);
    _exit(STATUS_UNREADABLE);
}

/* A trace is read here and there, so it must be a file. */
static int convert_file(struct request *request, int fd)
{
    struct stat status;

    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
        log_complain(request->from, "is no regular file");
        return STATUS_UNREADABLE;
    }
    if (status.st_size == 0) {
        log_complain(request->from, "empty");
        return STATUS_UNREADABLE;
    }

    request->n = (size_t)status.st_size;
    request->trace = mmap(NULL, request->n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (request->trace == MAP_FAILED) {
        log_complain(request->from, "%s", strerror(errno));
        return STATUS_UNREADABLE;
    }

    reading = request;
    signal(SIGBUS, cut_off);

    int result = convert(request);

    signal(SIGBUS, SIG_DFL);
    munmap(request->trace, request->n);
    return result;
}

/* Better known before a long trace is read. False after it was told. */
static bool may_write(const struct request *request)
{
    struct stat status;

    if (log_input_is_file(request->from, request->to))
        log_complain(request->to, "is the trace itself, which the log would overwrite");
    else if (!request->force && strcmp(request->to, "-") != 0 && stat(request->to, &status) == 0 &&
             S_ISREG(status.st_mode))
        log_complain(request->to, "%s; --force replaces it", strerror(EEXIST));
    else
        return true;
    return false;
}

int import_command(int argc, char **argv)
{
    static const struct argp argp = {
        .options = option_rows,
        .parser = parse,
        .args_doc = "TRACE -o LOG",
        .doc = "Makes a log of TRACE, a trace.dat of trace-cmd with KVM's events or a file of "
               "xentrace, so that every command of vexit can read it.",
    };
    static struct request request;

    argp_parse(&argp, argc, argv, 0, NULL, &request);

    int fd = open(request.from, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        log_complain(request.from, "%s", strerror(errno));
        return STATUS_UNREADABLE;
    }

    int status = may_write(&request) ? convert_file(&request, fd) : STATUS_OUTPUT;

    close(fd);
    return status;
}
