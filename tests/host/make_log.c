/* SPDX-License-Identifier: MIT */
/*
 * Makes a log as the VMM sends it, for tests of the host tool.
 *
 *   make_log [-t] [-n ELEMENTS] [-v VCPUS] [-f BYTES] [-j TICKS] [-l] [-s] [-o OPTIONS] [-m FILE]
 *            [-q] [-x] [-a] [-z HZ] [-d TICKS] [-p LINK]
 *
 *   -t  record lines (wire=text) instead of frames     -l  with a lost record
 *   -n  exits of each vCPU (1000)                      -s  the last exit ends the run
 *   -v  vCPUs (1; up to 4)                             -j  how much times vary (0)
 *   -f  capacity of a frame (512; from 256)            -o  the option line (exits=all)
 *   -m  write a line "offset length kind sequence vcpu records" for each frame into FILE
 *   -q  no text between the frames                     -x  statistics with one exit too many
 *   -a  exits of every reason, known and not, some with the flags of a full one
 *   -z  frequency of the TSC (2000000000), 0: not known
 *   -d  by how much each vCPU's TSC is behind that of the one before it (0)
 *   -p  send through a pseudo terminal that LINK then points to, and stay until killed
 */
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/synthetic.h"
#include "trace/end.h"
#include "trace/exit_reasons.h"
#include "trace/start.h"
#include "trace/statistics.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "trace/wire_encoder.h"

enum { VCPUS_MAX = 4 };

static struct {
    bool text, lost, stop, quiet, wrong, all;
    unsigned long elements, vcpus, capacity, jitter, hz, behind;
    const char *options;
    const char *link;
    FILE *map;
} want = {
    .elements = 1000, .vcpus = 1, .capacity = 512, .hz = 2000000000, .options = "exits=all"
};

static struct vcpu {
    struct synthetic synthetic;
    struct statistics statistics;
    struct trace_element element; /* the next one */
    uint64_t made;                /* elements */
    uint64_t records, lost;
} vcpu[VCPUS_MAX];

static uint32_t sequence;
static uint8_t line_sequence;
static uint64_t offset;
static uint8_t frame[WIRE_FRAME_MAX];
static char text[TEXT_STATISTICS_MAX];

static void send(const void *bytes, size_t n)
{
    fwrite(bytes, 1, n, stdout);
    offset += n;
}

static void send_frame(size_t length, int kind, unsigned long number, uint64_t records)
{
    if (want.map)
        fprintf(want.map, "%lu %zu %d %u %lu %lu\n", (unsigned long)offset, length, kind, sequence,
                number, (unsigned long)records);
    sequence++;
    send(frame, length);
}

static void say(const char *line)
{
    if (want.quiet)
        return;
    send(line, strlen(line));
    send("\r\n", 2);
}

/* Each line of `lines` (n bytes) as a record line, with a word before it. */
static void send_lines(const char *word, const char *lines, size_t n)
{
    char line[2048], wrapped[2048 + TEXT_WIRE_OVERHEAD];

    for (const char *end = lines + n; lines < end;) {
        const char *newline = memchr(lines, '\n', (size_t)(end - lines));
        int length = snprintf(line, sizeof(line), "%s%.*s", word, (int)(newline - lines), lines);

        send(wrapped,
             text_wire_line(wrapped, sizeof(wrapped), &line_sequence, line, (size_t)length));
        lines = newline + 1;
    }
}

/* A START or END payload. */
static void send_payload(const char *word, enum wire_kind kind, size_t n)
{
    if (want.text)
        send_lines(word, text, n);
    else
        send_frame(wire_blob(frame, sizeof(frame), kind, sequence, text, n), (int)kind, 0, 0);
}

static void send_start(void)
{
    struct trace_start start = { .version = "0.0.test",
                                 .tsc_hz = want.hz,
                                 .vcpus = (uint32_t)want.vcpus };

    snprintf(start.options, sizeof(start.options), "%s", want.options);
    send_payload("start ", WIRE_START, start_encode(text, sizeof(text), &start));
}

static void send_statistics(uint16_t number)
{
    struct statistics *statistics = &vcpu[number].statistics;

    if (want.wrong)
        statistics_add(statistics, EXIT_REASON_HLT, 1234);
    if (want.text)
        send_lines("", text, text_statistics(text, sizeof(text), number, statistics));
    else
        send_frame(wire_blob(frame, sizeof(frame), WIRE_STATISTICS, sequence, text,
                             statistics_encode((uint8_t *)text, sizeof(text), number, statistics)),
                   WIRE_STATISTICS, number, 0);
}

static void send_end(void)
{
    static struct trace_end end = { .status = 0, .reason = "the guest stopped" };

    end.vcpus = (uint32_t)want.vcpus;
    for (unsigned i = 0; i < want.vcpus; i++) {
        end.vcpu[i].generated = vcpu[i].records + vcpu[i].lost;
        end.vcpu[i].lost = vcpu[i].lost;
    }
    send_payload("end ", WIRE_END, end_encode(text, sizeof(text), &end));
}

/* Reasons from 0 to some that no table has; every seventh a failed entry, or in enclave mode. */
static uint32_t any_reason(uint64_t i)
{
    static const uint32_t flags[] = { EXIT_REASON_ENTRY_FAILURE, EXIT_REASON_ENCLAVE };

    return (uint32_t)(i % (EXIT_REASONS + 5)) | (i % 7 ? 0 : flags[i / 7 % 2]);
}

/* Makes the next element: exits, a marker now and then, one lost record, perhaps a stop. */
static void make(struct vcpu *v, uint16_t number)
{
    struct trace_element *e = &v->element;

    if (v->made % 100 == 57) {
        *e = (struct trace_element){ .kind = TRACE_MARKER,
                                     .exit_tsc = v->synthetic.tsc + 5,
                                     .written = 0xf,
                                     .slot = { v->made, 2, 3, 4 } };
    } else if (want.lost && v->made == want.elements / 2) {
        *e = (struct trace_element){
            .kind = TRACE_LOST, .exit_tsc = v->synthetic.tsc + 5, .written = 1, .slot = { 10 }
        };
        v->lost += 10;
    } else {
        synthetic_next(&v->synthetic, e);
        if (want.all)
            e->reason = any_reason(v->made);
        if (want.stop && v->made + 1 == want.elements && number == 0)
            e->kind = TRACE_EXIT_ONLY;
        else
            statistics_add(&v->statistics, e->reason, e->entry_tsc - e->exit_tsc);
    }
    e->vcpu = number;
    v->made++;
}

static void send_frame_of(struct vcpu *v, uint16_t number)
{
    static struct wire_encoder encoder;
    uint64_t before = v->records;

    wire_begin(&encoder, frame, want.capacity, sequence, number, v->records);
    while (v->made <= want.elements && wire_add(&encoder, &v->element)) {
        v->records += trace_records(v->element.kind);
        if (v->made == want.elements)
            v->made++;
        else
            make(v, number);
    }
    send_frame(wire_finish(&encoder), WIRE_TRACE, number, v->records - before);
}

static void send_lines_of(struct vcpu *v, uint16_t number)
{
    for (int i = 0; i < 10 && v->made <= want.elements; i++) {
        send_lines("", text, text_element(text, sizeof(text), &v->element, 0));
        v->records += trace_records(v->element.kind);
        if (v->made == want.elements)
            v->made++;
        else
            make(v, number);
    }
}

static void send_records(void)
{
    bool left = true;

    for (uint16_t i = 0; i < want.vcpus; i++) {
        vcpu[i].synthetic = (struct synthetic){ .random = i + 1u,
                                                .tsc = 1000000 + (want.vcpus - 1 - i) * want.behind,
                                                .jitter = (unsigned)want.jitter };
        statistics_clear(&vcpu[i].statistics);
        make(&vcpu[i], i);
    }
    for (unsigned round = 0; left; round++) {
        left = false;
        for (uint16_t i = 0; i < want.vcpus; i++) {
            if (vcpu[i].made > want.elements)
                continue;
            left = true;
            if (want.text)
                send_lines_of(&vcpu[i], i);
            else
                send_frame_of(&vcpu[i], i);
        }
        if (round % 4 == 0)
            say("a line of the guest");
    }
}

static void parse(int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "tn:v:f:j:lso:m:qxaz:d:p:")) != -1) {
        switch (option) {
        case 't':
            want.text = true;
            break;
        case 'n':
            want.elements = strtoul(optarg, NULL, 10);
            break;
        case 'v':
            want.vcpus = strtoul(optarg, NULL, 10);
            break;
        case 'f':
            want.capacity = strtoul(optarg, NULL, 10);
            break;
        case 'j':
            want.jitter = strtoul(optarg, NULL, 10);
            break;
        case 'l':
            want.lost = true;
            break;
        case 's':
            want.stop = true;
            break;
        case 'o':
            want.options = optarg;
            break;
        case 'm':
            want.map = fopen(optarg, "w");
            break;
        case 'q':
            want.quiet = true;
            break;
        case 'x':
            want.wrong = true;
            break;
        case 'a':
            want.all = true;
            break;
        case 'z':
            want.hz = strtoul(optarg, NULL, 10);
            break;
        case 'd':
            want.behind = strtoul(optarg, NULL, 10);
            break;
        case 'p':
            want.link = optarg;
            break;
        default:
            exit(64);
        }
    }
    if (want.vcpus < 1 || want.vcpus > VCPUS_MAX || want.capacity < WIRE_FRAME_MIN)
        exit(64);
}

/* Standard output becomes a serial line whose other end is a terminal. */
static void become_port(void)
{
    struct termios raw = { 0 };
    int master, slave;
    char name[128];

    cfmakeraw(&raw);
    if (openpty(&master, &slave, name, &raw, NULL) < 0 || dup2(master, STDOUT_FILENO) < 0 ||
        symlink(name, want.link) < 0)
        exit(1);
}

int main(int argc, char **argv)
{
    parse(argc, argv);
    if (want.link)
        become_port();
    say("vexit 0.0.test");
    send_start();
    say("the guest starts");
    send_records();
    for (uint16_t i = 0; i < want.vcpus; i++)
        send_statistics(i);
    send_end();
    say("the end");
    fflush(stdout);
    if (want.link)
        pause();
    return 0;
}
