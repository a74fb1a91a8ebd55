/* sources: trace reader */
/* SPDX-License-Identifier: MIT */
/*
 * Whatever happens to a log, the reader gives exactly the records of the units that are still
 * there, and says exactly how many are not.
 *
 * The model of it knows the bytes of every unit: it looks which of them are there unchanged, and in
 * which order. What a reader can know follows from that and from the rules of docs/trace-format.md.
 */
#include "tests/unit/damage.h"
#include "tests/unit/property.h"
#include "trace/host/log/log_reader.h"

static struct known_log sent;
static struct damaged_log received;

/* What the reader has to tell. */
static struct expected {
    uint64_t next; /* the unit that is expected next */
    bool arrived[KNOWN_UNITS];
    uint64_t units, late, twice, lost;
    unsigned vcpus;                /* as far as the records show */
    uint64_t read[KNOWN_VCPUS];    /* records */
    uint64_t reached[KNOWN_VCPUS]; /* frames: the record number behind the highest one known of */
    uint64_t records, orphans;
    bool has_start, has_end;
    bool balance[KNOWN_VCPUS]; /* whether END says how many records there were */
    unsigned last;             /* the unit taken last */
    bool open;                 /* which is an exit whose entry has not come */
    unsigned elements;
    unsigned element[KNOWN_ELEMENTS]; /* in the order of their arrival */
} want;

/* An exit and its entry stand together: an exit that something else follows stays alone. */
static void expect_half(const struct known_unit *unit, unsigned number)
{
    bool completes = unit->kind == UNIT_ENTRY && want.open && want.last + 1 == number;

    if (want.open && !completes)
        want.orphans++;
    want.open = unit->kind == UNIT_EXIT;
    if (completes)
        want.element[want.elements++] = unit->element;
    else if (unit->kind == UNIT_ENTRY)
        want.orphans++;
}

/* A unit that is there, at its place in the order of arrival. */
static void expect_unit(unsigned number)
{
    const struct known_unit *unit = &sent.unit[number];
    unsigned v = unit->vcpu;

    if (want.arrived[number]) {
        want.twice++;
        return;
    }
    want.arrived[number] = true;
    want.units++;
    want.late += number < want.next;
    if (number >= want.next)
        want.next = number + 1;
    want.read[v] += unit->records;
    if (unit->kind >= UNIT_ELEMENTS && unit->kind <= UNIT_ENTRY && v >= want.vcpus)
        want.vcpus = v + 1;
    want.records += unit->records;
    want.lost += unit->lost;
    if (unit->first_record + unit->records > want.reached[v])
        want.reached[v] = unit->first_record + unit->records;
    want.has_start |= unit->kind == UNIT_START;
    want.has_end |= unit->kind == UNIT_END;
    want.balance[v] |= unit->kind == UNIT_BALANCE;
    if (sent.lines)
        expect_half(unit, number);
    if (unit->kind == UNIT_ELEMENTS)
        for (unsigned i = 0; i < unit->elements; i++)
            want.element[want.elements++] = unit->element + i;
    want.last = number;
}

/* Frames and record lines: wherever the bytes of one are, but for the CR LF behind a line. */
static void find_units(void)
{
    uint8_t first = sent.lines ? '~' : WIRE_SYNC_0;
    size_t ending = sent.lines ? 2 : 0;

    for (size_t at = 0; at < received.length;) {
        const uint8_t *p = received.bytes + at;
        size_t left = received.length - at;
        unsigned i = *p == first ? 0 : sent.units;

        while (i < sent.units &&
               (sent.unit[i].length - ending > left ||
                memcmp(p, sent.bytes + sent.unit[i].begin, sent.unit[i].length - ending)))
            i++;
        if (i < sent.units)
            expect_unit(i);
        at += i < sent.units ? sent.unit[i].length - ending : 1;
    }
    want.orphans += want.open;
}

/* Records that are missing, as far as anyone can know: lines do not say which records they are. */
static uint64_t missing_records(void)
{
    uint64_t sum = 0;

    for (unsigned v = 0; v < sent.vcpus; v++)
        if (want.has_end && (want.balance[v] || !sent.lines))
            sum += sent.records[v] - want.read[v];
        else if (!sent.lines)
            sum += want.reached[v] - want.read[v];
    return sum;
}

/*
 * Units by the gaps between their numbers. Of wire=text, END has a line for each vCPU, and these
 * are the last ones: that they are missing is told by the vCPUs that there are.
 */
static uint64_t missing_units(void)
{
    uint64_t gaps = want.next - want.units, balances = 0;
    unsigned vcpus = want.arrived[KNOWN_LINE_VCPUS] ? sent.vcpus : want.vcpus, told = 0;

    for (unsigned v = 0; v < sent.vcpus; v++)
        if (want.balance[v])
            told = v + 1;
    for (unsigned v = 0; v < vcpus; v++)
        balances += !want.balance[v] && (v >= told || want.read[v]);
    return gaps > balances || !sent.lines || !want.has_end ? gaps : balances;
}

/* What the reader tells */

static struct told {
    unsigned elements, orphans, runs;
    bool differs; /* an element is not the expected one */
    struct log_run run;
} told;

static void on_element(void *context, const struct trace_element *element)
{
    (void)context;
    if (told.elements >= want.elements ||
        !element_equal(element, &sent.element[want.element[told.elements]]))
        told.differs = true;
    told.elements++;
}

static void on_orphan(void *context, const char *line, size_t n)
{
    (void)context;
    (void)line;
    (void)n;
    told.orphans++;
}

static void on_run_end(void *context, const struct log_run *run)
{
    (void)context;
    told.runs++;
    told.run = *run;
}

/* Feeds the log in pieces of any size. */
static void read_log(uint64_t seed)
{
    const struct log_events events = { .element = on_element,
                                       .orphan = on_orphan,
                                       .run_end = on_run_end };
    struct log_reader *reader = log_reader_new(&events);
    uint64_t piece = 1 + seed % 5000;

    memset(&told, 0, sizeof(told));
    for (size_t at = 0; at < received.length; at += piece)
        log_reader_feed(reader, received.bytes + at,
                        received.length - at < piece ? received.length - at : piece);
    log_reader_finish(reader);
    log_reader_free(reader);
}

static bool same(const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected)
        printf("# %s: told %llu, expected %llu\n", what, (unsigned long long)got,
               (unsigned long long)expected);
    return got == expected;
}

static bool agrees(void)
{
    const struct log_run *run = &told.run;
    bool good = same("other elements", told.differs, false);

    good &= same("elements", told.elements, want.elements);
    good &= same("orphans", told.orphans, want.orphans);
    good &= same("runs", told.runs > 1, false);
    good &= same("records", run->records, want.records);
    good &= same("missing units", run->missing_frames, missing_units());
    good &= same("missing records", run->missing_records, missing_records());
    good &= same("late", run->late, want.late);
    good &= same("twice", run->twice, want.twice);
    good &= same("START", run->has_start, want.has_start);
    good &= same("END", run->has_end, want.has_end);
    good &= same("contradictions", run->disagrees, false);
    if (!want.has_end)
        good &= same("lost", run->lost, want.lost);
    if (!received.bytes_changed)
        good &= same("complete", log_run_complete(run), want.units == sent.units);
    else
        good &= same("too complete", log_run_complete(run) && want.units < sent.units, false);
    return good;
}

static bool holds(uint64_t seed, bool lines)
{
    known_make(&sent, seed, lines);
    damage(&received, &sent, seed);
    memset(&want, 0, sizeof(want));
    find_units();
    read_log(seed);

    bool good = agrees();

    if (!good)
        printf("# %u units, %zu bytes: %s\n", sent.units, sent.length, received.story);
    return good;
}

static bool frames_hold(uint64_t seed)
{
    return holds(seed, false);
}

static bool lines_hold(uint64_t seed)
{
    return holds(seed, true);
}

int main(void)
{
    property("frames: what is left is read, what is not is told", 3000, frames_hold);
    property("lines: what is left is read, what is not is told", 1500, lines_hold);
    return tap_done();
}
