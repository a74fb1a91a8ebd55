/* SPDX-License-Identifier: MIT */
/* Reads what `vexit decode` printed. */
#include "trace/host/diff/decoded.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "trace/host/commands.h"
#include "trace/host/log/log_command.h"
#include "trace/put.h"
#include "trace/scan.h"
#include "trace/text.h"

enum { LINE = 1024 }; /* no line that is read is longer; lines of text may be */

struct decoded {
    const char *path;
    const struct log_events *events;
    uint64_t line;             /* number */
    bool wrong;                /* some line was told to be wrong */
    bool any;                  /* record */
    struct trace_element open; /* the exit that the next line completes */
    struct trace_start start;
    struct trace_end end;
    bool has_start, has_end;
};

/* Lines of decode that are no record. */
static const char *const others[] = {
    "text: ", "start ", "statistics ", "end ", "missing: ", "damaged: ", "odd: ",
};

/* Whether the line begins with one of the first n of `others`. */
static bool is_other(const char *line, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        if (strncmp(line, others[i], strlen(others[i])) == 0)
            return true;
    return false;
}

/* What is hidden in a number: "=*" becomes "=0", and "=0x1....." becomes "=0x100000". */
static void put_values(struct put *put, const char *text)
{
    for (bool value = false; *text; text++) {
        char c = *text;

        if (c == '=' || c == ' ')
            value = c == '=';
        put_char(put, value && (c == '*' || c == '.') ? '0' : c);
    }
}

/* Makes a line complete: a stamp, and the RIP of an exit. Returns its length; 0: too long. */
static size_t complete(const char *line, char *to, size_t n)
{
    struct scan scan = scan_string(line);
    struct put put;
    uint64_t tsc = 0;

    put_begin(&put, to, n);
    if (scan_number(&scan, &tsc))
        scan_text(&scan, " ");
    put_decimal(&put, tsc);
    put_char(&put, ' ');
    put_values(&put, scan.at);

    size_t length = put_end(&put);
    char *exit = length ? strstr(to, " exit ") : NULL, rest[LINE];

    if (!exit || strstr(exit, " rip="))
        return length;

    char *name = exit + strlen(" exit ");
    size_t end = strcspn(name, " ");

    snprintf(rest, sizeof(rest), "%s", name + end);
    snprintf(name + end, n - (size_t)(name + end - to), " rip=0x0%s", rest);
    return strlen(to);
}

static void complain(struct decoded *decoded, const char *words)
{
    if (!decoded->wrong)
        log_complain(decoded->path, "line %" PRIu64 " %s", decoded->line, words);
    decoded->wrong = true;
}

static void take_record(struct decoded *decoded, const char *line)
{
    char whole[LINE + 32];
    size_t n = complete(line, whole, sizeof(whole)), rest_length;
    bool was_open = decoded->open.kind == TRACE_KINDS;
    const char *rest;
    enum text_kind kind = text_parse(whole, n, &decoded->open, &rest, &rest_length);
    bool completes = kind == TEXT_ELEMENT && decoded->open.kind <= TRACE_EXIT_ONLY;

    if (!decoded->any && decoded->has_start && decoded->events->start)
        decoded->events->start(decoded->events->context, &decoded->start, "", 0);
    decoded->any = true;
    if (was_open && !completes)
        complain(decoded, "is no entry of the exit before it");
    else if (kind != TEXT_HALF && kind != TEXT_ELEMENT)
        complain(decoded, "is no record");
    if (kind != TEXT_ELEMENT)
        return;
    decoded->events->element(decoded->events->context, &decoded->open);
    decoded->open = (struct trace_element){ 0 };
}

static void take_line(struct decoded *decoded, const char *line)
{
    size_t n = strlen(line);

    if (n == 0 || is_other(line, 0, 1))
        return;
    if (!is_other(line, 1, 6))
        take_record(decoded, line);
    else if (is_other(line, 1, 1))
        decoded->has_start |= start_decode_line(line + 6, n - 6, &decoded->start);
    else if (is_other(line, 3, 1))
        decoded->has_end |= end_decode_line(line + 4, n - 4, &decoded->end);
    else if (is_other(line, 4, 2))
        complain(decoded, "tells of something missing");
}

/* Reads a line without its end, cut where it is too long. False at the end of the file. */
static bool read_line(FILE *file, char line[LINE])
{
    if (!fgets(line, LINE, file))
        return false;

    size_t n = strcspn(line, "\r\n");

    if (!line[n])
        for (int c = getc(file); c != EOF && c != '\n';)
            c = getc(file);
    line[n] = '\0';
    return true;
}

bool decoded_begins(const char *path)
{
    struct stat status;
    char line[LINE], whole[LINE + 32];
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "r") : NULL;
    bool read = file && read_line(file, line);

    if (file)
        fclose(file);
    if (!read)
        return false;

    struct trace_element none = { 0 };
    const char *rest;
    size_t rest_length, n = complete(line, whole, sizeof(whole));
    enum text_kind kind = text_parse(whole, n, &none, &rest, &rest_length);

    return is_other(line, 0, 2) || kind == TEXT_HALF || kind == TEXT_ELEMENT;
}

int decoded_read(const char *path, const struct log_events *events)
{
    struct decoded decoded = { .path = path, .events = events };
    char line[LINE];
    FILE *file = fopen(path, "r");

    if (!file) {
        log_complain(path, "%s", strerror(errno));
        return STATUS_UNREADABLE;
    }
    while (read_line(file, line)) {
        decoded.line++;
        take_line(&decoded, line);
    }
    if (decoded.open.kind == TRACE_KINDS)
        complain(&decoded, "is an exit without an entry");
    if (ferror(file))
        complain(&decoded, "and what follows cannot be read");
    fclose(file);
    if (decoded.has_end && events->end)
        events->end(events->context, &decoded.end, "", 0);
    if (!decoded.any)
        return STATUS_UNREADABLE;
    return decoded.wrong ? STATUS_INCOMPLETE : STATUS_COMPLETE;
}
