/* SPDX-License-Identifier: MIT */
/* Words and figures for a narrow screen. */
#ifndef TRACE_HOST_LIVE_LIVE_WORDS_H
#define TRACE_HOST_LIVE_LIVE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "trace/host/show/schema.h"
#include "trace/record.h"

enum { LIVE_FIGURE = 16, LIVE_EXIT = 512 };

/* "950", "12.3k", "4.56M": a number in five characters, with room to spare. Returns text. */
const char *live_count(char text[LIVE_FIGURE], double number);

/* "950ns", "12.3us", "4.56ms": ticks of a clock of `hz`; where that is 0, as live_count(). */
const char *live_time(char text[LIVE_FIGURE], double ticks, uint64_t hz);

/* "1.1%"; "-" below 0. */
const char *live_percent(char text[LIVE_FIGURE], double per_cent);

/* "vcpu0 CPUID rip=0x101998 leaf=0x0 subleaf=0x0 ...": an exit with its slots. Returns text. */
const char *live_exit(char text[LIVE_EXIT], const struct schema *schema,
                      const struct trace_element *element);

#endif
