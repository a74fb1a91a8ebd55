/* SPDX-License-Identifier: MIT */
/* The END payload: key=value lines. */
#include "trace/end.h"

#include "trace/put.h"
#include "trace/scan.h"

size_t end_encode(char *payload, size_t n, const struct trace_end *end)
{
    struct put put;

    put_begin(&put, payload, n);
    put_string(&put, "status=");
    put_decimal(&put, end->status);
    put_string(&put, "\nreason=");
    for (const char *c = end->reason; *c; c++)
        put_char(&put, *c == '\n' || *c == '\r' ? ' ' : *c);
    put_char(&put, '\n');
    for (uint32_t i = 0; i < end->vcpus && i < END_VCPUS; i++) {
        put_string(&put, "vcpu");
        put_decimal(&put, i);
        put_string(&put, " generated=");
        put_decimal(&put, end->vcpu[i].generated);
        put_string(&put, " lost=");
        put_decimal(&put, end->vcpu[i].lost);
        put_char(&put, '\n');
    }
    return put_end(&put);
}

/* What follows "vcpu". Lines of vCPUs come in order, but a missing one only leaves zeros. */
static bool decode_vcpu(struct scan *line, struct trace_end *end)
{
    uint64_t vcpu, generated, lost;

    if (!scan_number(line, &vcpu) || vcpu >= END_VCPUS || !scan_text(line, " generated=") ||
        !scan_number(line, &generated) || !scan_text(line, " lost=") || !scan_number(line, &lost) ||
        !scan_empty(line) || lost > generated)
        return false;
    end->vcpu[vcpu].generated = generated;
    end->vcpu[vcpu].lost = lost;
    if (vcpu >= end->vcpus)
        end->vcpus = (uint32_t)vcpu + 1;
    return true;
}

bool end_decode_line(const char *text, size_t n, struct trace_end *end)
{
    struct scan line = scan_begin(text, n);
    uint64_t status;

    if (scan_text(&line, "vcpu"))
        return decode_vcpu(&line, end);
    if (scan_text(&line, "reason=")) {
        scan_copy(&line, end->reason, sizeof(end->reason));
    } else if (scan_text(&line, "status=")) {
        if (!scan_whole_number(&line, &status) || status > UINT32_MAX)
            return false;
        end->status = (uint32_t)status;
    }
    return true;
}

bool end_decode(const char *payload, size_t n, struct trace_end *end)
{
    struct scan scan = scan_begin(payload, n), first = scan;

    *end = (struct trace_end){ 0 };
    if (!scan_text(&first, "status="))
        return false;
    while (!scan_empty(&scan)) {
        struct scan line = scan_until(&scan, '\n');

        if (!end_decode_line(line.at, (size_t)(line.end - line.at), end))
            return false;
    }
    return true;
}
