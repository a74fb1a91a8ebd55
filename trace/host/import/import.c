/* SPDX-License-Identifier: MIT */
/* Makes a log of a foreign trace: what the formats have in common. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "trace/exit_reasons.h"
#include "trace/host/import/import.h"
#include "trace/host/import/trace_dat.h"
#include "vmm/version.h"

bool import_fail(struct import *import, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(import->error, sizeof(import->error), format, arguments);
    va_end(arguments);
    return false;
}

bool import_amd_reason(uint32_t reason)
{
    /* AMD64 manual volume 2, "SVM Intercept Exit Codes": from INTR on; below are registers, exceptions. */
    return (reason & EXIT_REASON_BASIC) >= 0x60;
}

void import_miss(struct import *import, const char *format, ...)
{
    va_list arguments;

    if (import->incomplete[0])
        return;
    va_start(arguments, format);
    vsnprintf(import->incomplete, sizeof(import->incomplete), format, arguments);
    va_end(arguments);
}

bool import_chosen(const struct import *import, uint32_t number)
{
    const struct import_options *options = import->options;

    for (unsigned i = 0; i < options->chosen; i++)
        if (options->choice[i] == number)
            return true;
    return options->chosen == 0;
}

static void tell_vcpus(struct import *import)
{
    char line[IMPORT_NAME + 20];

    for (unsigned i = 0; i < import->map.vcpus; i++) {
        if (!import->map.of_number[i])
            continue;
        snprintf(line, sizeof(line), "vcpu%u is %s\r\n", i, import->vcpu_name[i]);
        log_writer_text(&import->writer, line);
    }
}

void import_begin(struct import *import, const char *origin, uint64_t tsc_hz)
{
    struct trace_start start = { .version = VEXIT_VERSION " import",
                                 .tsc_hz = tsc_hz ? tsc_hz : import->options->tsc_hz,
                                 .vcpus = import->map.vcpus };

    snprintf(start.options, sizeof(start.options), "%s", origin);
    log_writer_begin(&import->writer, import->write, import->context, &start);
    import->pairing = (struct pairing){ .writer = &import->writer };
    if (import->map.by_name)
        tell_vcpus(import);
}

bool import_trace(struct import *import, const uint8_t *trace, size_t n)
{
    struct bytes file = { .at = trace, .n = n };
    bool made;

    if (trace_dat_begins(file))
        made = import_kvm(import, file);
    else if (import_is_xen(file))
        made = import_xen(import, file);
    else
        return import_fail(import, "neither a trace.dat of trace-cmd nor a trace of xentrace");
    if (!made)
        return false;
    if (import->map.left_out)
        import_miss(import, "left out: exits of vCPUs beyond %d, which a log cannot hold: %" PRIu64,
                    END_VCPUS, import->map.left_out);

    const char *missing = import->incomplete;
    char reason[300] = "the trace that was imported ends";

    if (missing[0])
        snprintf(reason, sizeof(reason), "imported in part: %s", missing);
    import->failed = !log_writer_end(&import->writer, missing[0] != 0, reason);
    return true;
}
