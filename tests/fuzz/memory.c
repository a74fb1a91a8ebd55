/* sources: trace reader memory */
/* longest: 400 */
/* SPDX-License-Identifier: MIT */
/*
 * A trace in a machine's memory. The image begins as one that is in order; an input is the bytes that
 * differ, each time a place, how many, and which. The header's checksum is then made good. The first
 * byte says whether the image is an ELF core.
 */
#include <elf.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/log_check.h"
#include "trace/crc32c.h"
#include "trace/host/log/memory_find.h"
#include "trace/host/log/memory_log.h"
#include "trace/memory.h"

enum { BASE = 0x100000, ELEMENTS = 64, LOG_MAX = 1 << 20 };

/* What the image holds, from the header's page on; physical addresses are from BASE. */
static struct contents {
    struct {
        Elf64_Ehdr header;
        Elf64_Phdr segment[2];
    } elf __attribute__((aligned(TRACE_MEMORY_ALIGNMENT)));
    struct trace_memory header __attribute__((aligned(TRACE_MEMORY_ALIGNMENT)));
    struct trace_element element[ELEMENTS];
    uint64_t position;
    struct trace_memory_progress progress;
    struct statistics statistics;
    struct trace_memory_end end;
    char start[64];
    struct trace_memory_text text;
} in_order, image;

static size_t skipped; /* bytes before the image: no ELF header */

#define ADDRESS_OF(field) (BASE + offsetof(struct contents, field))

static void make_elf(struct contents *c)
{
    c->elf.header = (Elf64_Ehdr){
        .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(c->elf.header),
        .e_ehsize = sizeof(c->elf.header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 2,
    };
    c->elf.segment[1] = (Elf64_Phdr){
        .p_type = PT_LOAD,
        .p_offset = offsetof(struct contents, header),
        .p_paddr = ADDRESS_OF(header),
        .p_filesz = sizeof(*c) - offsetof(struct contents, header),
        .p_memsz = sizeof(*c) - offsetof(struct contents, header),
    };
}

static void make_header(struct contents *c)
{
    c->header = (struct trace_memory){
        .signature = { TRACE_MEMORY_SIGNATURE_0, TRACE_MEMORY_SIGNATURE_1 },
        .length = trace_memory_length(1),
        .version = TRACE_MEMORY_VERSION,
        .vcpus = 1,
        .address = ADDRESS_OF(header),
        .memory = ADDRESS_OF(header),
        .memory_length = sizeof(*c) - offsetof(struct contents, header),
        .start = ADDRESS_OF(start),
        .start_length = strlen(c->start),
        .end = ADDRESS_OF(end),
        .text = ADDRESS_OF(text),
        .element_size = sizeof(struct trace_element),
        .statistics_size = sizeof(struct statistics),
        .ring = { { ADDRESS_OF(element), ELEMENTS, ADDRESS_OF(position), ADDRESS_OF(progress),
                    ADDRESS_OF(statistics) } },
    };
}

/* A ring that is half full, of a run that goes on. */
static void make_in_order(void)
{
    struct contents *c = &in_order;

    make_elf(c);
    strcpy(c->start, "version=1\ntsc_hz=1000\nvcpus=1\noptions=trace=memory\n");
    make_header(c);
    statistics_clear(&c->statistics);
    for (unsigned i = 0; i < ELEMENTS / 2; i++)
        c->element[i] = (struct trace_element){
            .exit_tsc = i * 100, .entry_tsc = i * 100 + 50, .reason = 10, .written = 1
        };
    c->position = ADDRESS_OF(element) + ELEMENTS / 2 * sizeof(struct trace_element);
    c->progress.state[0].head = ELEMENTS / 2;
    c->progress.state[0].limit = ELEMENTS;
}

static void apply(const uint8_t *data, size_t size)
{
    uint32_t place;

    for (size_t at = 0; at + sizeof(place) < size;) {
        memcpy(&place, data + at, sizeof(place));
        at += sizeof(place);

        size_t n = 1 + data[at++] % 16u, offset = place % sizeof(image);

        if (n > size - at)
            n = size - at;
        if (n > sizeof(image) - offset)
            n = sizeof(image) - offset;
        memcpy((uint8_t *)&image + offset, data + at, n);
        at += n;
    }
    if (image.header.length <= TRACE_MEMORY_ALIGNMENT &&
        image.header.length > offsetof(struct trace_memory, length))
        image.header.checksum = crc32c(0, &image.header.length,
                                       image.header.length - offsetof(struct trace_memory, length));
}

static bool read_image(void *context, uint64_t offset, void *to, size_t n)
{
    size_t left = sizeof(image) - skipped;

    (void)context;
    FUZZ_REQUIRE(offset <= left && n <= left - offset);
    memcpy(to, (const uint8_t *)&image + skipped + offset, n);
    return true;
}

/* The log of the image: of bounded length, and read without an end in sight by nobody. */
static void read_log(const struct memory_image *memory, const struct trace_memory *header)
{
    static uint8_t bytes[4096];
    struct memory_log *log = memory_log_new(memory, header, false);
    struct log_check check;
    size_t n, total = 0;

    log_check_begin(&check);
    while ((n = memory_log_read(log, bytes, sizeof(bytes)))) {
        total += n;
        FUZZ_REQUIRE(n <= sizeof(bytes) && total < LOG_MAX);
        log_reader_feed(check.reader, bytes, n);
    }
    FUZZ_REQUIRE(memory_log_over(log));
    log_check_end(&check);
    FUZZ_REQUIRE(check.runs == 1);
    memory_log_free(log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_image memory;
    struct trace_memory header;
    char why[MEMORY_WHY] = "";

    if (!size)
        return 0;
    if (!in_order.header.length)
        make_in_order();
    image = in_order;
    apply(data + 1, size - 1);
    skipped = *data & 1 ? 0 : offsetof(struct contents, header);

    const struct memory_bytes bytes = { .read = read_image, .size = sizeof(image) - skipped };

    if (!memory_image_open(&memory, &bytes, why)) {
        FUZZ_REQUIRE(*why);
        return 0;
    }
    if (memory_find(&memory, NULL, &header, why) == MEMORY_FOUND)
        read_log(&memory, &header);
    else
        FUZZ_REQUIRE(*why);
    memory_image_close(&memory);
    return 0;
}
