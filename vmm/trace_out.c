/* SPDX-License-Identifier: MIT */
/* The way of the trace out of the machine. */
#include "vmm/trace_out.h"

#include "trace/end.h"
#include "trace/memory.h"
#include "trace/start.h"
#include "trace/text.h"
#include "vmm/console.h"
#include "vmm/format.h"
#include "vmm/trace_memory.h"
#include "vmm/trace_port.h"
#include "vmm/trace_ring.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

enum {
    TEXT_LINE = TRACE_MEMORY_LINE, /* of the guest's characters, before a line break is forced */
    NEVER_IN_TEXT = 0xfe,          /* bytes from here on would look like a frame */
    TEXT_TICK = 1 << 10, /* bytes of text sent at a timer exit, whose own lines take a quarter */
    QUIET_ELEMENTS = 64, /* a guest that makes no more between two late ticks leaves time to send */
};

static struct trace_out_options options;
static struct vcpu *traced; /* the vCPU whose ring is drained */
static char line[TEXT_LINE];
static size_t line_length;
static enum timer_pace { TIMER_OFF, TIMER_BEATS, TIMER_SENDS } timer;
static size_t own_exits; /* of the timer's, among the elements that wait: no reason for a frame */
static bool bursting;    /* drain=burst: the ring got half full, and is being emptied */
static uint64_t ticked;  /* drain=burst: the number of the element at the last tick */

/* Gives the port what it takes; makes a new frame only when the last one has gone. */
static void drain(struct vcpu *vcpu)
{
    if (trace_port_make(vcpu, own_exits))
        own_exits = 0;
    trace_port_pump();
}

/* A frame at least, as long as the port takes it at once. */
static void burst(struct vcpu *vcpu)
{
    if (trace_port_make(vcpu, own_exits))
        own_exits = 0;
    while (trace_port_pump())
        ;
}

static size_t ring_size(const struct vcpu *vcpu)
{
    return (size_t)(vcpu->ring->end - vcpu->ring->base);
}

/* Nothing is sent until half of the ring is full, and then until little is left. */
static void drain_late(struct vcpu *vcpu)
{
    size_t pending = trace_ring_pending(vcpu), size = ring_size(vcpu);

    bursting = pending > (bursting ? size / 8 : size / 2);
    if (bursting)
        burst(vcpu);
}

/* In lossless mode the guest waits here until half of the ring is free again. */
static void hold_back(struct vcpu *vcpu)
{
    size_t half = ring_size(vcpu) / 2;

    if (trace_ring_pending(vcpu) + 2 * RING_RUN < 2 * half)
        return;
    while (trace_ring_pending(vcpu) > half) {
        own_exits = 0; /* the timer's exits alone can fill the ring, too */
        drain(vcpu);
    }
}

/*
 * A port that takes bytes by and by wants them as fast as it sends; records can wait for quiet. Where
 * none waits, the timer only beats, so that a guest that is dead is noticed.
 */
static uint32_t period(void)
{
    if (timer == TIMER_BEATS)
        return options.beat_ticks;
    return options.burst && !trace_port_busy() ? options.late_ticks : options.timer_ticks;
}

/*
 * SDM: "VMX-Preemption Timer". Its rate is TSC >> IA32_VMX_MISC[4:0]. Where the processor can save
 * what is left at an exit, the period is one of the guest's time however often it exits; else it
 * begins anew at each entry.
 */
static void timer_set(bool sends)
{
    const enum timer_pace wanted = sends ? TIMER_SENDS : traced->tracing ? TIMER_BEATS : TIMER_OFF;
    bool on = wanted != TIMER_OFF, was_on = timer != TIMER_OFF;

    if (wanted == timer || !options.timer_ticks)
        return;
    timer = wanted;
    vmwrite(VMCS_PREEMPTION_TIMER_VALUE, period());
    if (on == was_on)
        return;
    control_set(VMCS_PIN_BASED_CONTROLS, PIN_ACTIVATE_PREEMPTION_TIMER, on);
    if (options.timer_saves)
        control_set(VMCS_EXIT_CONTROLS, EXIT_SAVE_PREEMPTION_TIMER_VALUE, on);
}

void trace_out_guest_starts(void)
{
    timer_set(false);
}

bool trace_out_beats(void)
{
    return timer == TIMER_BEATS;
}

/* What the ring wants now and then: sent, held back for, and the timer at its pace. */
static void attend(struct vcpu *vcpu)
{
    if (options.lossless)
        hold_back(vcpu);
    if (options.burst)
        drain_late(vcpu);
    else
        drain(vcpu);
    /* With the element in hand: */
    timer_set(!own_exits || trace_port_waits(vcpu, own_exits - 1));
}

struct vcpu *trace_commit_slowly(struct vcpu *vcpu)
{
    if (!options.memory)
        attend(vcpu);
    trace_ring_prepare(vcpu);
    vcpu->element->entry_tsc = rdtsc();
    trace_ring_hand_over(vcpu);
    trace_ring_next(vcpu);
    if (timer != TIMER_SENDS && options.timer_ticks && vcpu->element != vcpu->ring->aside)
        vcpu->element_limit = vcpu->element + 1; /* the next one starts the timer */
    return vcpu;
}

/* drain=burst: whether the guest has made so little since the last tick that sending is no burden. */
static bool is_quiet(const struct vcpu *vcpu)
{
    uint64_t before = ticked;

    ticked = trace_ring_position(vcpu);
    return ticked - before <= QUIET_ELEMENTS;
}

uint64_t trace_tick(struct vcpu *vcpu)
{
    uint64_t waiting = trace_ring_pending(vcpu);

    if (!options.burst)
        drain(vcpu);
    else if (is_quiet(vcpu) || bursting || trace_port_busy())
        burst(vcpu);
    if (options.text)
        trace_port_wait_for(TEXT_TICK);
    if (options.timer_saves || options.burst)
        vmwrite(VMCS_PREEMPTION_TIMER_VALUE, period());
    if (!vcpu->tracing)
        timer_set(trace_port_waits(vcpu, own_exits));
    else if (vcpu->element != vcpu->ring->aside)
        own_exits++; /* the one that is being handled */
    if (!trace_port_busy() && waiting < own_exits)
        vcpu->element_limit = vcpu->element + 1; /* its record is the last before silence */
    return waiting;
}

void trace_idle(struct vcpu *vcpu)
{
    if (!options.memory)
        burst(vcpu);
}

void trace_marker(struct vcpu *vcpu, const uint64_t value[4])
{
    if (vcpu->tracing)
        trace_ring_marker(vcpu, value);
}

void trace_switch(struct vcpu *vcpu, bool on)
{
    vcpu->tracing = on;
}

/* Waits until the port has taken all that waits. */
static void send_all(void)
{
    do {
        own_exits = 0;
        trace_port_make(traced, 0);
        trace_port_flush();
    } while (trace_port_waits(traced, 0));
}

static void flush_line(void)
{
    if (!line_length)
        return;
    if (!options.memory && trace_port_text_full())
        send_all();
    trace_memory_text(traced, line, line_length);
    line_length = 0;
}

void trace_putc(char c)
{
    if (c == '~' && !line_length)
        line[line_length++] = ' '; /* a record line begins with it */
    if (c != '\n' && c != '\r')
        line[line_length++] = (uint8_t)c >= NEVER_IN_TEXT ? '?' : c;
    if (c != '\n' && line_length < TEXT_LINE)
        return;
    flush_line();
    if (!options.memory) {
        if (!options.burst)
            drain(traced);
        timer_set(trace_port_waits(traced, own_exits));
    }
}

/* Sends every record handed over so far. */
static void flush_all(void)
{
    flush_line();
    if (!options.memory)
        send_all();
}

void trace_out_last_exit(struct vcpu *vcpu)
{
    if (!vcpu->tracing || vcpu->ring->sent_aside)
        return;
    flush_all();
    trace_ring_settle(vcpu); /* this exit is not to be among the lost ones */

    struct trace_element exit = *vcpu->element;

    vcpu->element->kind = TRACE_EXIT_ONLY;
    if (trace_ring_hand_over(vcpu) == vcpu->element_limit)
        trace_ring_next(vcpu);
    *vcpu->element = exit;
    trace_ring_set_aside(vcpu);
}

static void send_statistics(void)
{
    static union {
        uint8_t frame[STATISTICS_PAYLOAD_MAX];
        char text[TEXT_STATISTICS_MAX];
    } buf;
    size_t n =
        options.text
            ? text_statistics(buf.text, sizeof(buf.text), traced->id, traced->statistics)
            : statistics_encode(buf.frame, sizeof(buf.frame), traced->id, traced->statistics);

    trace_port_blob(WIRE_STATISTICS, "", &buf, n);
}

void trace_out_finish(uint32_t status, const char *reason)
{
    static struct trace_end end;
    static char payload[END_PAYLOAD_MAX];
    size_t n;

    if (!traced)
        return;
    flush_all();
    trace_ring_settle(traced); /* there is room for the last lost record now */
    flush_all();
    end.status = status;
    format(end.reason, sizeof(end.reason), "%s", reason);
    end.vcpus = 1;
    end.vcpu[0].generated = trace_ring_generated(traced);
    end.vcpu[0].lost = traced->ring->lost;
    n = end_encode(payload, sizeof(payload), &end);
    trace_memory_end(payload, n);
    if (!options.memory) {
        send_statistics();
        trace_port_blob(WIRE_END, "end ", payload, n);
        trace_port_flush();
    }
    trace_memory_complete();
}

void trace_out_panic(uint32_t status, const char *reason)
{
    if (!traced)
        return;
    trace_port_close();
    if (traced->launched)
        trace_out_last_exit(traced);
    trace_out_finish(status, reason);
}

static uint32_t text_period(uint32_t ticks)
{
    const uint32_t bursts = TEXT_TICK / SERIAL_FIFO;

    return ticks > UINT32_MAX / bursts ? UINT32_MAX : ticks * bursts;
}

void trace_out_start(const struct trace_out_options *chosen, struct vcpu *vcpu,
                     struct trace_element *elements, size_t count, void *header)
{
    static struct trace_ring ring;
    static struct trace_start start;
    static char payload[START_PAYLOAD_MAX];
    size_t n;

    options = *chosen;
    if (options.text) /* a tick sends more, and so need not come as often */
        options.timer_ticks = text_period(options.timer_ticks);
    trace_ring_init(&ring, vcpu, elements, count, options.memory);
    statistics_clear(vcpu->statistics);
    traced = vcpu;
    format(start.version, sizeof(start.version), "%s", options.version);
    format(start.options, sizeof(start.options), "%s", options.options);
    start.tsc_hz = options.tsc_hz;
    start.vcpus = 1;
    n = start_encode(payload, sizeof(payload), &start);
    trace_memory_begin(header, vcpu, payload, n);
    if (options.memory)
        return;
    console_claim(&options.port);
    serial_init(&options.port, options.baud);
    trace_port_begin(&options.port, options.text);
    trace_port_blob(WIRE_START, "start ", payload, n);
}
