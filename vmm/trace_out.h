/* SPDX-License-Identifier: MIT */
/* The way of the trace out of the machine: per-vCPU ring, frames, serial port. */
#ifndef VMM_TRACE_OUT_H
#define VMM_TRACE_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/statistics.h"
#include "vmm/serial.h"
#include "vmm/trace_ring.h"
#include "vmx/vcpu.h"
#include "vmx/x86.h"

struct trace_out_options {
    struct serial port;
    uint32_t baud;
    bool lossless;        /* hold the guest back instead of losing records */
    bool text;            /* readable lines instead of frames */
    bool memory;          /* records stay in memory: no port, and the oldest give way */
    bool burst;           /* nothing is sent while the guest is busy and the ring has room */
    uint32_t timer_ticks; /* period of draining by the VMX-preemption timer; 0: never */
    uint32_t late_ticks;  /* the same with `burst`, while no bytes wait for the port */
    uint32_t beat_ticks;  /* the same while nothing waits at all */
    bool timer_saves;     /* the processor saves what is left of a period at an exit */
    uint64_t tsc_hz;
    const char *version;
    const char *options; /* the command line, for the start record */
};

/*
 * Claims the port, if there is to be one, and sends the start record. elements: the ring's memory;
 * header: a page for struct trace_memory, by which whoever reads the memory finds all this.
 */
void trace_out_start(const struct trace_out_options *options, struct vcpu *vcpu,
                     struct trace_element *elements, size_t count, void *header);

/*
 * The run loop's half of the exit path: stamps the current element, whose kind is set, hands it over
 * and moves to the next. Where the ring wants attention it gets it first, so that the stamp of an
 * entry is taken right before the entry whatever the drain took. Both return the vcpu, so that the
 * path can end with the call.
 */
struct vcpu *trace_commit_slowly(struct vcpu *vcpu);
static inline struct vcpu *trace_commit(struct vcpu *vcpu)
{
    struct trace_element *element = vcpu->element;

    if (__builtin_expect(element + 1 == vcpu->element_limit, 0))
        return trace_commit_slowly(vcpu);
    element->entry_tsc = rdtsc();
    trace_ring_hand_over(vcpu);
    return vcpu;
}

/* Writes a marker record with the guest's own four values, before the exit being handled. */
void trace_marker(struct vcpu *vcpu, const uint64_t value[4]);

/* Turns records and statistics on or off, from the next exit on. */
void trace_switch(struct vcpu *vcpu, bool on);

/* Puts one character of the guest's into the log's text. */
void trace_putc(char c);

/* At a preemption-timer exit: sends what the port takes. Returns how many elements were waiting. */
uint64_t trace_tick(struct vcpu *vcpu);

/* Before the first entry, when the VMCS is set up. */
void trace_out_guest_starts(void);

/* At a preemption-timer exit: whether it came because a second has passed, with nothing to send. */
bool trace_out_beats(void);

/* Before the VMM waits on the guest's behalf: sends what the port takes. */
void trace_idle(struct vcpu *vcpu);

/*
 * Hands over the exit in hand as the last of the run, because its handler is about to end the
 * machine. Should the machine go on all the same, the trace goes on with the next exit.
 */
void trace_out_last_exit(struct vcpu *vcpu);

/*
 * Sends every record handed over so far, waiting for the port, then statistics and the end record;
 * status 0 is success. Leaves the port usable.
 */
void trace_out_finish(uint32_t status, const char *reason);

/*
 * The same where the VMM itself cannot go on, at any place: what had been encoded is kept, and the
 * exit in hand, if there is one, is the last of the trace.
 */
void trace_out_panic(uint32_t status, const char *reason);

#endif
