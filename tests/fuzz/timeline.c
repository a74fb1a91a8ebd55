/* sources: tool */
/* longest: 700 */
/* SPDX-License-Identifier: MIT */
/*
 * The page of `vexit timeline': its frames have to hold the exits of the log, and its index has to sum up
 * to the same. An input is the log.
 */
#define _GNU_SOURCE /* memfd_create */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/seal.h"
#include "trace/host/timeline/page.h"
#include "trace/host/timeline/template.h"
#include "trace/wire_decoder.h"
#include "trace/wire_number.h"

enum { ELEMENTS = 5000, UNPACKED = 1 << 20 };

/*
 * What is compared: sums over all runs, by vCPU. In the index an exit that comes out of order is moved,
 * and takes less time.
 */
struct sums {
    uint64_t exits[PAGE_VCPUS], ticks[PAGE_VCPUS], markers[PAGE_VCPUS];
};

static struct page page;
static struct sums log_sums, run_sums, frame_sums, index_sums;

static void add(struct sums *sums, const struct trace_element *element)
{
    if (element->vcpu >= PAGE_VCPUS)
        return;
    sums->exits[element->vcpu] += element->kind <= TRACE_EXIT_ONLY;
    sums->markers[element->vcpu] += element->kind == TRACE_MARKER;
    if (element->kind == TRACE_EXIT_ENTRY)
        sums->ticks[element->vcpu] += element->entry_tsc - element->exit_tsc;
}

/* The log's own reader feeds the page, and the sums of the runs that are no mere leftovers. */

static void on_element(void *context, const struct trace_element *element)
{
    page_element(context, element);
    add(&run_sums, element);
}

static void on_run_end(void *context, const struct log_run *run)
{
    page_run_end(context, run);
    for (unsigned i = 0; run->frames && i < PAGE_VCPUS; i++) {
        log_sums.exits[i] += run_sums.exits[i];
        log_sums.ticks[i] += run_sums.ticks[i];
        log_sums.markers[i] += run_sums.markers[i];
    }
    memset(&run_sums, 0, sizeof(run_sums));
}

/* Makes the page of a log. Returns its file, whose bytes are what the page has between its halves. */
static int make_page(const uint8_t *log, size_t n)
{
    static struct output output;
    static struct filter filter;
    static int file = -1;
    const struct log_events events = { .context = &page,
                                       .start = page_start,
                                       .element = on_element,
                                       .gap = page_gap,
                                       .note = page_note,
                                       .run_end = on_run_end };
    struct log_reader *reader = log_reader_new(&events);

    if (file < 0)
        file = memfd_create("page", MFD_CLOEXEC);
    FUZZ_REQUIRE(ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0);
    output = (struct output){ .fd = file };
    page_begin(&page, &output, "log", &filter);
    log_reader_feed(reader, log, n);
    log_reader_finish(reader);
    log_reader_free(reader);
    FUZZ_REQUIRE(page_end(&page) && output_flush(&output));
    return file;
}

/* Reading it */

static uint8_t unpacked[UNPACKED];

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Base64 up to a '<', then deflated. Returns how many bytes are in unpacked[]. */
static size_t unpack(const char *text)
{
    static uint8_t packed[UNPACKED];
    uint32_t bits = 0;
    size_t n = 0, length = strcspn(text, "<=");
    uLongf size = sizeof(unpacked);

    for (size_t i = 0; i < length; i++) {
        FUZZ_REQUIRE(digit(text[i]) >= 0);
        bits = bits << 6 | (uint32_t)digit(text[i]);
        if (i % 4)
            packed[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    FUZZ_REQUIRE(uncompress(unpacked, &size, packed, n) == Z_OK);
    return size;
}

static void read_frame(const char *text, unsigned vcpu)
{
    static struct wire_decoder decoder;
    struct trace_element element;
    struct wire_frame frame;
    size_t n = unpack(text);
    enum wire_read result;

    FUZZ_REQUIRE(wire_parse(unpacked, n, &frame) == WIRE_FOUND && frame.length == n);
    FUZZ_REQUIRE(frame.kind == WIRE_TRACE && frame.vcpu == vcpu);
    wire_read_begin(&decoder, &frame);
    while ((result = wire_read(&decoder, &element)) == WIRE_ELEMENT)
        add(&frame_sums, &element);
    FUZZ_REQUIRE(result == WIRE_DONE);
}

static uint64_t next_number(const uint8_t **at, const uint8_t *end)
{
    uint64_t value;

    FUZZ_REQUIRE((*at = wire_get_number(*at, end, &value)));
    return value;
}

/* How long the exits of a frame took (block_times.h). Returns how many did. */
static uint64_t read_times(const uint8_t **at, const uint8_t *end)
{
    uint64_t exits = 0;

    for (uint64_t keys = next_number(at, end); keys; keys--) {
        next_number(at, end);
        exits += next_number(at, end);
    }
    return exits;
}

static void read_index(const char *text)
{
    const uint8_t *at = unpacked, *end = unpacked + unpack(text);

    while (at < end) {
        uint64_t vcpu = next_number(&at, end), level = next_number(&at, end), exits = 0;

        FUZZ_REQUIRE(vcpu < PAGE_VCPUS && level < LEVELS);
        next_number(&at, end); /* guest */
        next_number(&at, end); /* unknown */

        uint64_t markers = next_number(&at, end);

        next_number(&at, end); /* lost */
        for (uint64_t reasons = next_number(&at, end); reasons; reasons--) {
            FUZZ_REQUIRE(next_number(&at, end) <= SCHEMA_ROWS);
            exits += next_number(&at, end);
            next_number(&at, end); /* ticks */
            next_number(&at, end); /* longest */
        }
        if (level != LEVELS_BLOCK)
            continue;
        FUZZ_REQUIRE(read_times(&at, end) <= exits);
        index_sums.exits[vcpu] += exits;
        index_sums.markers[vcpu] += markers;
    }
}

static void read_page(const char *text)
{
    static const char script[] = "<script type=\"",
                      frame[] = "text/plain\" class=\"frame\" data-vcpu=\"",
                      index[] = "text/plain\" class=\"index\">";

    while ((text = strstr(text, script))) {
        text += strlen(script);
        if (strncmp(text, frame, strlen(frame)) == 0) {
            unsigned vcpu = (unsigned)strtoul(text + strlen(frame), NULL, 10);

            read_frame(strchr(text, '>') + 1, vcpu);
        } else if (strncmp(text, index, strlen(index)) == 0) {
            read_index(text + strlen(index));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (seal_elements(data, size, ELEMENTS) == ELEMENTS)
        return 0;
    memset(&log_sums, 0, sizeof(log_sums));
    memset(&run_sums, 0, sizeof(run_sums));
    memset(&frame_sums, 0, sizeof(frame_sums));
    memset(&index_sums, 0, sizeof(index_sums));

    int file = make_page(data, size);
    off_t length = lseek(file, 0, SEEK_END), head = template_tail - template_head;

    if (length == 0)
        return 0;

    size_t n = (size_t)(length - head - (template_end - template_tail));
    char *text = malloc(n + 1);

    FUZZ_REQUIRE(text && pread(file, text, n, head) == (ssize_t)n);
    text[n] = '\0';
    read_page(text);
    free(text);
    FUZZ_REQUIRE(memcmp(&frame_sums, &log_sums, sizeof(log_sums)) == 0);
    FUZZ_REQUIRE(memcmp(&index_sums.exits, &log_sums.exits, sizeof(log_sums.exits)) == 0);
    FUZZ_REQUIRE(memcmp(&index_sums.markers, &log_sums.markers, sizeof(log_sums.markers)) == 0);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t room, unsigned seed)
{
    return mutate_log(data, n, room, 0, seed);
}
