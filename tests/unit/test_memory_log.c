/* sources: trace reader memory vmm/trace_ring.c vmm/trace_memory.c */
/* SPDX-License-Identifier: MIT */
/*
 * The trace in memory, from the VMM's ring to the reader's records: whole, cut off at any moment,
 * damaged, and while it is being written.
 */
#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/memory_machine.h"
#include "tests/unit/memory_reading.h"
#include "tests/unit/random.h"
#include "tests/unit/tap.h"
#include "trace/host/log/log_reader.h"
#include "trace/host/log/memory_log.h"

enum { ROUNDS = 150, LIVE_EXITS = 200000, LIVE_BURST = 50000, RING = 200 };

static uint64_t seed = 11;

static void test_whole(void)
{
    machine_begin(RING, true);
    for (unsigned i = 0; i < 100; i++)
        machine_exit(false, 0);
    machine_end();
    is(read_machine(), MEMORY_FOUND, "a run that fits");
    ok(result.complete && !result.notes && !result.wrong, "is complete");
    ok(result.records == 200 && !result.lost && result.last == 99, "with all its records");
    is(result.statistics_count, 100, "and statistics of all");
}

static void test_overwritten(void)
{
    machine_begin(RING, true);
    for (unsigned i = 0; i < 1000; i++)
        machine_exit(i % 10 == 0, 0);
    machine_end();
    read_machine();
    ok(result.complete && !result.notes && !result.wrong, "an overwritten ring is complete");
    is(result.records + result.lost, 2100, "generated = decoded + lost");
    ok(result.last == 1099 && result.elements >= RING - 64, "the last ones are there");
    is(result.statistics_count, 1000, "statistics are of all");
}

static void test_text(void)
{
    char line[20];

    machine_begin(RING, true);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(line, sizeof(line), "#%u", i);
        if (i % 3 == 0)
            trace_memory_text(&machine.vcpu, line, strlen(line));
        machine_exit(false, 0);
    }
    machine_end();
    read_machine();
    ok(result.complete && !result.wrong, "text comes in its place");
    is(result.lines, 100, "all of it");
    for (unsigned i = 0; i < 300; i++)
        trace_memory_text(&machine.vcpu, "x", 1);
    read_machine();
    is(result.lines, TRACE_MEMORY_LINES - 1 + 1, "more lines than are kept: one says how many not");
}

/* Dumps at any moment, of rings that overwrite and of rings that are drained and full at times. */
static void test_random(bool overwrite)
{
    unsigned bad = 0, cut = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t exits = random_below(&seed, 1500), eager = 1 + random_below(&seed, 80);

        machine_begin(70 + random_below(&seed, 300), overwrite);
        for (uint64_t i = 0; i < exits; i++)
            machine_exit(!random_below(&seed, 6),
                         overwrite ? 0 : (unsigned)random_below(&seed, eager));
        read_machine();
        bad += result.wrong || result.records + result.lost != machine.records || result.end ||
               result.notes != 1 || result.statistics_count > exits;
        cut += result.lost != 0;
        if (overwrite && exits)
            bad += result.last != machine.made - 1;
        machine_end();
        read_machine();
        bad += result.wrong || result.records + result.lost != machine.records || result.notes;
    }
    is(bad, 0, "%u dumps of a machine that runs balance", ROUNDS);
    ok(cut > ROUNDS / 4, "%u of them lack earlier records", cut);
}

static uint64_t offset_of(const void *object)
{
    return virt_to_phys(object) - memory_base();
}

static void test_damage(void)
{
    uint64_t size = memory_length(), header = offset_of(&machine.header);
    unsigned found = 0;

    machine_begin(RING, true);
    for (unsigned i = 0; i < 1000; i++)
        machine_exit(false, 0);
    machine_end();

    uint8_t *image = machine_image();

    for (uint64_t bit = 0; bit < 8 * trace_memory_length(1); bit += 5) {
        image[header + bit / 8] ^= (uint8_t)(1 << bit % 8);
        found += read_image(image, size, NULL) == MEMORY_FOUND;
        image[header + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    is(found, 0, "a header with a bit wrong is not used");
    image[offset_of(&machine.element[150].kind)] = 77;
    read_image(image, size, NULL);
    ok(!result.complete && result.notes && !result.wrong, "an element without sense is missed");
    image[offset_of(&machine.element[150].kind)] = 0;

    unsigned wrong = 0;

    for (unsigned round = 0; round < 150; round++) { /* whatever is in it: no crash, and an end */
        uint8_t *hurt = machine_image();
        uint64_t from = offset_of(&machine.ring.progress);

        for (unsigned i = 0; i < 1 + round % 20; i++)
            hurt[from + random_below(&seed, sizeof(machine.ring.progress))] =
                (uint8_t)random_below(&seed, 256);
        hurt[offset_of(&machine.vcpu.element) + random_below(&seed, 8)] ^= (uint8_t)round;
        wrong += read_image(hurt, size, NULL) != MEMORY_FOUND;
        free(hurt);
    }
    is(wrong, 0, "a ring's state may be anything");
    wrong = 0;
    for (uint64_t length = 1; length < size; length += size / 100) {
        uint8_t *cut = malloc(length);

        memcpy(cut, image, length);
        wrong += read_image(cut, length, NULL) == MEMORY_FOUND && !result.complete;
        free(cut);
    }
    is(wrong, 0, "a truncated image gives all or nothing");
    free(image);
}

static void test_several(void)
{
    uint64_t size = memory_length(), header = offset_of(&machine.header);
    uint8_t *image = machine_image(), *two = calloc(1, size + 2 * TRACE_MEMORY_ALIGNMENT);
    uint64_t at = virt_to_phys(&machine.header);

    memcpy(two, image, size);
    size = (size + TRACE_MEMORY_ALIGNMENT - 1) & ~(uint64_t)(TRACE_MEMORY_ALIGNMENT - 1);
    memcpy(two + size, image + header, TRACE_MEMORY_ALIGNMENT);
    size += TRACE_MEMORY_ALIGNMENT;
    is(read_image(two, size, NULL), MEMORY_USELESS, "two headers: %s", "which one is meant?");
    ok(strstr(why, "several") && strstr(why, "0x"), "says so: %s", why);
    at++;
    is(read_image(image, memory_length(), &at), MEMORY_NONE, "one at a given address only");
    memset(image + header, 0, 16);
    is(read_image(image, memory_length(), NULL), MEMORY_NONE, "none: %s", why);
    is(read_image(image, 0, NULL), MEMORY_USELESS, "an empty image");
    free(image);
    free(two);
}

/* An ELF core of two segments whose order is not that of the addresses. */
static void test_core(void)
{
    uint64_t size = memory_length(), half = size / 2 & ~UINT64_C(0xfff);
    const uint64_t data = 4096;
    uint8_t *image = machine_image(), *core = calloc(1, data + size);
    Elf64_Ehdr header = { .e_type = ET_CORE,
                          .e_machine = EM_X86_64,
                          .e_phnum = 3,
                          .e_phoff = sizeof(header),
                          .e_phentsize = sizeof(Elf64_Phdr) };
    Elf64_Phdr phdr[3] = {
        { .p_type = PT_NOTE, .p_offset = 5, .p_filesz = UINT64_MAX },
        { .p_type = PT_LOAD,
          .p_offset = data,
          .p_filesz = size - half,
          .p_paddr = memory_base() + half },
        { .p_type = PT_LOAD,
          .p_offset = data + size - half,
          .p_filesz = half,
          .p_paddr = memory_base() },
    };

    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    memcpy(core, &header, sizeof(header));
    memcpy(core + sizeof(header), phdr, sizeof(phdr));
    memcpy(core + data, image + half, size - half);
    memcpy(core + data + size - half, image, half);
    is(read_image(core, data + size, NULL), MEMORY_FOUND, "an ELF core is read by its headers");
    ok(result.complete && !result.wrong && result.last == 999, "to the last record");
    ok(read_image(core, data + size - half, NULL) != MEMORY_FOUND, "half of it: %s", why);
    phdr[1].p_paddr = memory_base();
    phdr[2].p_paddr = memory_base() + size - half;
    memcpy(core + sizeof(header), phdr, sizeof(phdr));
    ok(read_image(core, data + size, NULL) != MEMORY_FOUND, "other addresses: %s", why);
    phdr[1].p_filesz = phdr[2].p_filesz = size;
    phdr[1].p_offset = phdr[2].p_offset = 0;
    memcpy(core + sizeof(header), phdr, sizeof(phdr));
    is(read_image(core, data + size, NULL), MEMORY_USELESS, "segments upon each other: %s", why);
    header.e_type = ET_EXEC;
    memcpy(core, &header, sizeof(header));
    is(read_image(core, data + size, NULL), MEMORY_USELESS, "not a core: %s", why);
    free(image);
    free(core);
}

/* The machine's memory as it is at the moment of the read. */
__attribute__((no_sanitize("address"))) static bool read_live(void *context, uint64_t offset,
                                                              void *to, size_t n)
{
    const volatile uint64_t *from = (const volatile uint64_t *)(uintptr_t)offset;
    uint64_t value;

    (void)context;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (size_t i = 0; i < n; i += sizeof(value)) {
        value = from[i / sizeof(value)];
        memcpy((uint8_t *)to + i, &value, n - i < sizeof(value) ? n - i : sizeof(value));
    }
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return true;
}

static bool reader_is_behind(void)
{
    return machine.made - __atomic_load_n(&result.last, __ATOMIC_RELAXED) > MACHINE_ELEMENTS / 2;
}

/* By turns without a look at the reader, and so that it can follow. */
static void *run_machine(void *unused)
{
    for (unsigned i = 0; i < LIVE_EXITS; i++) {
        machine_exit(i % 7 == 0, 0);
        while (i / LIVE_BURST % 2 && reader_is_behind())
            usleep(1);
    }
    machine_end();
    return unused;
}

static void test_live(void)
{
    struct memory_segment all = { memory_base(), memory_base(), memory_length() };
    struct memory_image image = { .bytes = { read_live, NULL, UINT64_MAX },
                                  .segment = &all,
                                  .segments = 1 };
    struct log_reader *reader = log_reader_new(&events);
    pthread_t thread;

    machine_begin(MACHINE_ELEMENTS, true);
    for (unsigned i = 0; i < 2 * MACHINE_ELEMENTS; i++)
        machine_exit(false, 0); /* half of them are gone before anybody reads */
    memset(&result, 0, sizeof(result));

    struct memory_log *log = memory_log_new(&image, &machine.header, true);

    if (pthread_create(&thread, NULL, run_machine, NULL))
        exit(1);
    read_all(log, reader);
    log_reader_finish(reader);
    pthread_join(thread, NULL);
    ok(result.elements > LIVE_BURST && result.lost, "some could be read, some not");
    is(result.wrong, 0, "%llu elements read while they are written: none torn",
       (unsigned long long)result.elements);
    is(result.records + result.lost, machine.records, "generated = decoded + lost");
    ok(result.complete && result.end, "and the run is read to its end");
    log_reader_free(reader);
    memory_log_free(log);
}

int main(void)
{
    test_whole();
    test_overwritten();
    test_text();
    test_random(true);
    test_random(false);
    test_damage();
    test_several();
    test_core();
    test_live();
    return tap_done();
}
