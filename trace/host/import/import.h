/* SPDX-License-Identifier: MIT */
/*
 * Makes a log of a foreign trace that is in memory whole. Pure: nothing is read but the bytes given,
 * nothing written but what `write` takes.
 */
#ifndef TRACE_HOST_IMPORT_IMPORT_H
#define TRACE_HOST_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/host/import/bytes.h"
#include "trace/host/import/log_writer.h"
#include "trace/host/import/pairing.h"
#include "trace/host/import/reading.h"
#include "trace/host/import/vcpu_map.h"

enum { IMPORT_CHOSEN = 64, IMPORT_NAME = 64 };

struct import_options {
    unsigned chosen; /* threads (KVM) or a domain (Xen) whose exits are wanted; 0: all */
    uint32_t choice[IMPORT_CHOSEN];
    const char *buffer; /* KVM: ftrace's instance that is wanted; NULL: the one that has exits */
    uint64_t tsc_hz;    /* where the trace does not tell; 0: not known */
};

struct import {
    const struct import_options *options;
    bool (*write)(void *context, const void *bytes, size_t n);
    void *context; /* of write() */
    struct reading reading;

    /* Results */
    char error[512];      /* why nothing could be made of it */
    char incomplete[256]; /* what of the trace is missing, the first such thing */
    bool failed;          /* not all could be written */
    struct pairing pairing;
    struct vcpu_map map;
    char vcpu_name[END_VCPUS][IMPORT_NAME]; /* who each vCPU of the log is in the trace */

    struct log_writer writer;
};

/*
 * Tells the format by how the trace begins and makes a log of it. False with `error` filled in where
 * nothing was written.
 */
bool import_trace(struct import *import, const uint8_t *trace, size_t n);

/* For the readers of formats: */

/* Says why the trace cannot be read. Returns false. */
bool import_fail(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Whether an exit has a reason that Intel's processors do not have and AMD's do. Where a trace does not
 * tell whose it is, it is AMD's if most of its exits have.
 */
bool import_amd_reason(uint32_t reason);

/* Says that something of the trace is missing. */
void import_miss(struct import *import, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether a thread or domain was chosen. */
bool import_chosen(const struct import *import, uint32_t number);

/*
 * Starts the log of the vCPUs in the map; `origin` is one line on where it comes from. Where the map
 * says so the log tells by vcpu_name which vCPU is which.
 */
void import_begin(struct import *import, const char *origin, uint64_t tsc_hz);

/* Readers: each makes a log of a trace of its format, import_begin() to pairing_end(). */
bool import_kvm(struct import *import, struct bytes file);
bool import_xen(struct import *import, struct bytes file);

/* Whether a trace begins like one of xentrace. */
bool import_is_xen(struct bytes file);

#endif
