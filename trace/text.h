/* SPDX-License-Identifier: MIT */
/* Records as readable lines, and back: what `vexit decode` prints and what wire=text sends. */
#ifndef TRACE_TEXT_H
#define TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/record.h"
#include "trace/statistics.h"

enum text_flags {
    TEXT_NO_TIME = 1, /* leave stamps out, and print times in slots as "*": for comparing runs */
};

enum { TEXT_ELEMENT_MAX = 640 }; /* the longest text of an element, NUL included */

/*
 * Writes the lines of an element, each ended by \n, and a NUL. Returns the length in bytes without
 * the NUL; 0 if n is too small (TEXT_ELEMENT_MAX is always enough).
 *
 *   1250 vcpu0 exit CPUID rip=0x401000
 *   1420 vcpu0 entry CPUID leaf=0x1 subleaf=0x0 eax=0x806e9 ebx=0x800 ecx=0x77faf3bf edx=0xbfebfbff
 */
size_t text_element(char *buf, size_t n, const struct trace_element *element, unsigned flags);

/*
 * Writes the rows that are not empty, one line each: "statistics vcpu0 CPUID count=2 ...". Returns
 * the length in bytes without the NUL; 0 if n is too small (TEXT_STATISTICS_MAX is always enough).
 */
enum {
    TEXT_STATISTICS_LINE_MAX = 200 + STATISTICS_BUCKETS * 21,
    TEXT_STATISTICS_MAX = STATISTICS_ROWS * TEXT_STATISTICS_LINE_MAX,
};
size_t text_statistics(char *buf, size_t n, uint16_t vcpu, const struct statistics *statistics);

/*
 * Wraps one line (without its \n) for the wire: "~", the line, " ~", two hexadecimal digits that
 * count the lines of a port, four of a checksum, \r\n. Returns the length without the NUL; 0 if n
 * is too small (length + TEXT_WIRE_OVERHEAD is enough). *sequence is counted on.
 */
enum {
    TEXT_WRAP_TAIL = 8, /* what stands behind the line, without the end of the line */
    TEXT_WIRE_OVERHEAD = 1 + TEXT_WRAP_TAIL + 3, /* the tilde before it; the line's end, a NUL */
};
size_t text_wire_line(char *buf, size_t n, uint8_t *sequence, const char *line, size_t length);

/*
 * The line inside a wrapped one of n bytes, with or without \r and \n at its end.
 * TEXT_PLAIN: not wrapped at all, a line of the log.
 */
enum text_wrap { TEXT_GOOD, TEXT_DAMAGED, TEXT_PLAIN };
enum text_wrap text_unwrap(const char *line, size_t n, uint8_t *sequence, const char **inner,
                           size_t *length);

enum text_kind {
    TEXT_HALF,       /* an exit: the element is complete with the vCPU's next entry or stop line */
    TEXT_ELEMENT,    /* *element is complete */
    TEXT_START,      /* "start ": a line of a START payload is at *rest */
    TEXT_STATISTICS, /* "statistics ": text_parse_statistics() reads it */
    TEXT_END,        /* "end ": a line of an END payload is at *rest */
    TEXT_UNKNOWN,    /* none of these, or malformed */
};

/*
 * Reads one line (without \n) as text_element() writes it, stamps included. *element is the
 * caller's, zeroed at first, and carries the exit of a TEXT_HALF to the line that completes it (its
 * kind is TRACE_KINDS meanwhile): keep one for each vCPU. The lines of an element stand together,
 * so any other record line takes the place of an exit that was never completed. An entry or stop
 * line that does not belong to the exit in *element is TEXT_UNKNOWN, which leaves *element as it
 * is. *rest is set for START, STATISTICS and END only.
 */
enum text_kind text_parse(const char *line, size_t n, struct trace_element *element,
                          const char **rest, size_t *rest_length);

/* The vCPU that a record line or statistics line names; -1 if it names none. */
int text_vcpu(const char *line, size_t n);

/* Reads one line as text_statistics() writes it into its row. Returns false if it is malformed. */
bool text_parse_statistics(const char *line, size_t n, uint16_t *vcpu,
                           struct statistics *statistics);

#endif
