/* SPDX-License-Identifier: MIT */
/*
 * The trace as it lies in the VMM's memory, for a reader that has nothing but the memory: a dump of a
 * machine that is dead, or the memory that an emulator shares while the guest runs.
 *
 * Little endian, natural alignment; all addresses are physical. docs/trace-format.md, "In memory",
 * says how to read it. What changes while the guest runs is written so that a reader who looks in the
 * middle of it finds the state before or the state after, never half of each.
 */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "trace/end.h"

#define TRACE_MEMORY_SIGNATURE_0 UINT64_C(0x7274207469786576) /* "vexit tr" */
#define TRACE_MEMORY_SIGNATURE_1 UINT64_C(0x0a1a726f6d656d20) /* " memor" 1a 0a */

enum {
    TRACE_MEMORY_VERSION = 1,
    TRACE_MEMORY_ALIGNMENT = 4096,
    TRACE_MEMORY_VCPUS = END_VCPUS,
    TRACE_MEMORY_LINES = 256, /* of the guest's text that are kept */
    TRACE_MEMORY_LINE = 116,  /* characters of such a line */
};

/*
 * Where one vCPU's records are. Its elements are numbered from 0 as they are handed over; element n
 * lies in place n % count of the ring.
 */
struct trace_memory_ring {
    uint64_t elements;   /* struct trace_element[count] */
    uint64_t count;      /* less than 2^32 */
    uint64_t position;   /* a u64: the address of the element in hand */
    uint64_t progress;   /* struct trace_memory_progress */
    uint64_t statistics; /* struct statistics */
};

/* Written once, before the guest starts, at a page boundary. */
struct trace_memory {
    uint64_t signature[2];
    uint32_t checksum; /* CRC-32C of the bytes from `length` to the header's end */
    uint32_t length;   /* of the header, with one ring for each vCPU */
    uint32_t version;
    uint32_t vcpus;
    uint64_t address; /* of this header */
    uint64_t memory,
        memory_length;            /* the VMM's piece of memory: everything named here lies in it */
    uint64_t start, start_length; /* the START payload, and its length in bytes */
    uint64_t end;                 /* struct trace_memory_end */
    uint64_t text;                /* struct trace_memory_text */
    uint32_t element_size, statistics_size;
    struct trace_memory_ring ring[TRACE_MEMORY_VCPUS];
};

/* What is true of a ring at one moment. Counts of records are in counted records (trace_records()). */
struct trace_memory_state {
    uint64_t head;     /* the element in hand has this number or, up to `limit`, a later one */
    uint64_t limit;    /* elements before limit - count have been overwritten, or are about to be */
    uint64_t tail;     /* elements before it are in the statistics, and not waiting to be sent */
    uint64_t sent;     /* records of the elements before `tail` */
    uint64_t lost;     /* records that no element was free for */
    uint64_t lost_now; /* of these, the last ones: no lost record says so yet */
    uint64_t first_lost_tsc; /* the first of those */
    uint64_t first_tsc;      /* the stamp of element 0, once `tail` is beyond it */
};

/* state[changes & 1] holds; the other one is being written, or will be. */
struct trace_memory_progress {
    uint64_t changes;
    struct trace_memory_state state[2];
};

/* The END payload; a length of 0 while the run goes on. */
struct trace_memory_end {
    uint64_t length;
    char payload[END_PAYLOAD_MAX];
};

/* The guest's text, by lines: line n lies in place n % TRACE_MEMORY_LINES. */
struct trace_memory_line {
    uint64_t before; /* it comes before the element of this number ... */
    uint16_t vcpu;   /* ... of this vCPU */
    uint16_t length;
    char text[TRACE_MEMORY_LINE];
};

struct trace_memory_text {
    uint64_t lines; /* written so far: those that are whole */
    struct trace_memory_line line[TRACE_MEMORY_LINES];
};

_Static_assert(sizeof(struct trace_memory) <= TRACE_MEMORY_ALIGNMENT, "the header is one page");
_Static_assert(offsetof(struct trace_memory, ring) == 96, "the header has no padding");
_Static_assert(sizeof(struct trace_memory_line) == 128, "nor has a line");

/* Bytes of a header with so many rings. */
static inline uint32_t trace_memory_length(uint32_t vcpus)
{
    return (uint32_t)(offsetof(struct trace_memory, ring) +
                      vcpus * sizeof(struct trace_memory_ring));
}

/*
 * The number of the element in hand. place: where `position` points to, counted in elements from the
 * ring's first; head: of a state that was read before `position` was.
 */
static inline uint64_t trace_memory_number(uint64_t head, uint64_t place, uint64_t count)
{
    return head + (place + count - head % count) % count;
}

#endif
