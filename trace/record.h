/* SPDX-License-Identifier: MIT */
/* What a trace is made of: one element, as the VMM's ring, the codec and the host tool hold it. */
#ifndef TRACE_RECORD_H
#define TRACE_RECORD_H

#include <stdint.h>

enum { TRACE_SLOTS = 5 };

/*
 * Event numbers of the records that an element stands for. The vCPU is added to the per-vCPU ones.
 *
 *   TRACE_EXIT_ENTRY   an exit record, then an entry record
 *   TRACE_EXIT_ONLY    an exit record, then a stop record: the handler ended the run
 *   TRACE_MARKER       a marker record: the guest's own values
 *   TRACE_LOST         a lost record: how many records the ring had no room for
 */
enum trace_event {
    TRACE_EVENT_EXIT = 0x00081001,
    TRACE_EVENT_ENTRY = 0x00082001,
    TRACE_EVENT_STOP = 0x00083001,
    TRACE_EVENT_START = 0x0001a001,
    TRACE_EVENT_STATISTICS = 0x0001b001,
    TRACE_EVENT_END = 0x0001c001,
    TRACE_EVENT_MARKER = 0x0001e001,
    TRACE_EVENT_LOST = 0x0001f001,
};

enum trace_kind { TRACE_EXIT_ENTRY = 0, TRACE_EXIT_ONLY, TRACE_MARKER, TRACE_LOST, TRACE_KINDS };

/*
 * An exit and the entry after it are one element of the ring: the slots live in it, so handing them
 * over costs nothing. Times are TSC ticks.
 */
struct trace_element {
    uint64_t exit_tsc; /* EXIT*: stamp of the exit; MARKER: stamp; LOST: first lost TSC */
    uint32_t reason;   /* EXIT*: the full 32-bit exit reason */
    uint8_t written;   /* bit i: slot i was written (for exits, bit 0 always) */
    uint8_t kind;      /* enum trace_kind */
    uint16_t vcpu;
    uint64_t rip;               /* EXIT* */
    uint64_t qualification;     /* EXIT*; 0 where the reason defines none */
    uint64_t entry_tsc;         /* EXIT_ENTRY: stamp of the entry */
    uint64_t slot[TRACE_SLOTS]; /* EXIT*: slot 0 means the reason, and is read from there;
                                   MARKER: slot 0-3, the guest's values;
                                   LOST: slot 0, the count of lost records */
};

_Static_assert(sizeof(struct trace_element) == 80, "the ring's element has no padding");

/*
 * How many records the outside sees for an element of this kind (enum trace_kind). A run's balance
 * is kept in records: generated = decoded + lost, over exit, entry, stop and marker records. Lost
 * records carry the balance and are not part of it.
 */
static inline unsigned trace_records(uint8_t kind)
{
    return kind <= TRACE_EXIT_ONLY ? 2 : kind == TRACE_MARKER;
}

#endif
