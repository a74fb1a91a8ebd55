/* SPDX-License-Identifier: MIT */
/* What the readers of both versions of trace.dat have in common. */
#ifndef TRACE_HOST_IMPORT_TRACE_DAT_PARTS_H
#define TRACE_HOST_IMPORT_TRACE_DAT_PARTS_H

#include "trace/host/import/trace_dat.h"

/* Options that both versions have; each file of a version has its own ones beside. */
enum { OPTION_BUFFER = 3, OPTION_CLOCK = 4, OPTION_TSC2NSEC = 14 };

/* Says why the file cannot be read. Returns false. */
bool trace_dat_fail(struct trace_dat *dat, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes a text with its length before it, a number of length_size bytes. */
struct bytes trace_dat_text(struct bytes *bytes, unsigned length_size);

/* Reads how pages and events of the ring buffer are laid out. */
bool trace_dat_page_header(struct trace_dat *dat, struct bytes *bytes);

/* Takes an option that both versions have; passes over any other. */
void trace_dat_option(struct trace_dat *dat, uint64_t id, struct bytes option);

/* A buffer, of which CPUs follow; clock: "" where the option of both versions tells it. */
bool trace_dat_add_buffer(struct trace_dat *dat, const char *name, const char *clock,
                          uint64_t page_size);

/* The clock of the buffer that came last: all clocks, as the kernel lists them, or one alone. */
void trace_dat_clock(struct trace_dat *dat, struct bytes text);

/* A CPU's data in the buffer that came last. */
bool trace_dat_add_cpu(struct trace_dat *dat, uint64_t offset, uint64_t size, bool compressed);

/* The readers: what stands behind the size of a page. */
bool trace_dat_6(struct trace_dat *dat, struct bytes bytes);
bool trace_dat_7(struct trace_dat *dat, struct bytes bytes);

#endif
