/* sources: trace/host/import/import_trace.c trace/host/import/import_trace_dat.c trace/host/import/import_xentrace.c trace/host/import/trace_dat.c trace/host/import/ring_pages.c trace/host/import/event_format.c trace/host/import/kvm_events.c trace/host/import/xen_stream.c trace/host/import/expand.c trace/host/import/pairing.c trace/host/import/log_writer.c trace/host/log/log_reader.c trace/host/log/log_lines.c trace/host/log/log_scanner.c trace/host/log/sequence.c trace/host/log/text_lines.c trace/wire.c trace/text.c trace/text_statistics.c trace/start.c trace/end.c trace/statistics.c trace/exit_reasons.c trace/crc32c.c trace/put.c trace/scan.c */
/* longest: 4000 */
/* SPDX-License-Identifier: MIT */
/*
 * Traces of other hypervisors, of any format. What is made of one that can be read is a whole log,
 * which tells as many exits as the import says.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "trace/host/import/import.h"
#include "trace/host/log/log_reader.h"

static struct log_reader *reader;
static uint64_t exits, lost;
static unsigned complete;

static void count(void *context, const struct trace_element *element)
{
    (void)context;
    exits += element->kind <= TRACE_EXIT_ONLY;
    lost += element->kind == TRACE_LOST ? element->slot[0] : 0;
}

static void take_run(void *context, const struct log_run *run)
{
    (void)context;
    complete += log_run_complete(run);
}

static bool read_back(void *context, const void *bytes, size_t n)
{
    (void)context;
    log_reader_feed(reader, bytes, n);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct import import;
    struct import_options options = { 0 };

    exits = lost = complete = 0;
    reader = log_reader_new(&(struct log_events){ .element = count, .run_end = take_run });
    import = (struct import){ .options = &options, .write = read_back };

    bool made = import_trace(&import, data, size);

    log_reader_finish(reader);
    log_reader_free(reader);
    FUZZ_REQUIRE(made != (import.error[0] != 0));
    if (!made)
        return 0;
    FUZZ_REQUIRE(!import.failed && complete == 1);
    FUZZ_REQUIRE(exits == import.pairing.exits && lost == import.pairing.lost);
    return 0;
}
