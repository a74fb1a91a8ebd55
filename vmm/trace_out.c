/* SPDX-License-Identifier: MIT */
/* The way of the trace out of the machine. */
#include "vmm/trace_out.h"

#include "trace/end.h"
#include "trace/memory.h"
#include "trace/start.h"
#include "trace/text.h"
#include "trace/wire.h"
#include "vmm/console.h"
#include "vmm/format.h"
#include "vmm/string.h"
#include "vmm/trace_memory.h"
#include "vmm/trace_ring.h"
#include "vmx/vmcs.h"
#include "vmx/x86.h"

enum {
    OUT_SIZE = 1 << 16,            /* holds the longest frame or text that is made here */
    FRAME_SIZE = 1 << 13,          /* of trace frames: what one damaged byte can cost */
    TEXT_LINE = TRACE_MEMORY_LINE, /* of the guest's characters, before a line break is forced */
    NEVER_IN_TEXT = 0xfe,          /* bytes from here on would look like a frame */
    TEXT_TICK = 1 << 10, /* bytes of text sent at a timer exit, whose own lines take a quarter */
    TEXT_BATCH = OUT_SIZE / 2,
};

static struct trace_out_options options;
static struct vcpu *traced; /* the vCPU whose ring is drained */
static struct wire_encoder encoder;
static uint32_t sequence;
static uint8_t text_sequence;
static uint8_t out[OUT_SIZE];
static size_t out_begin, out_end; /* bytes not yet taken by the port */
static char line[TEXT_LINE + 2];
static size_t line_length;
static bool timer_on;
static size_t own_exits; /* of the timer's, among the elements that wait: no reason for a frame */
static bool frame_open;  /* a panic may come while a frame is being made */

static void out_wait(void)
{
    serial_write(&options.port, out + out_begin, out_end - out_begin);
    out_begin = out_end = 0;
}

/* Room for n bytes at out + out_end, waiting for the port if need be. */
static uint8_t *out_room(size_t n)
{
    if (out_begin == out_end)
        out_begin = out_end = 0;
    if (OUT_SIZE - out_end < n)
        out_wait();
    return out + out_end;
}

/* Waits until n bytes more have been taken, or all. */
static void out_wait_for(size_t n)
{
    if (n > out_end - out_begin)
        n = out_end - out_begin;
    serial_write(&options.port, out + out_begin, n);
    out_begin += n;
}

static void out_pump(void)
{
    out_begin += serial_offer(&options.port, out + out_begin, out_end - out_begin);
}

static void out_text_line(const char *text, size_t n)
{
    uint8_t *to = out_room(n + TEXT_WIRE_OVERHEAD);

    out_end += text_wire_line((char *)to, n + TEXT_WIRE_OVERHEAD, &text_sequence, text, n);
}

/* Sends each line of a text behind a word: the text form of START, STATISTICS and END. */
static void out_text_lines(const char *word, const char *text, size_t n)
{
    static char buf[TEXT_STATISTICS_LINE_MAX]; /* no other line is as long */

    for (size_t begin = 0; begin < n;) {
        size_t end = begin;

        while (end < n && text[end] != '\n')
            end++;
        size_t length = format(buf, sizeof(buf), "%s", word);

        for (size_t i = begin; i < end && length < sizeof(buf); i++)
            buf[length++] = text[i];
        out_text_line(buf, length);
        begin = end + 1;
    }
}

/* Elements as readable lines. */
static void encode_text(struct vcpu *vcpu)
{
    char text[TEXT_ELEMENT_MAX];
    const struct trace_element *element;

    while (out_end < TEXT_BATCH && (element = trace_ring_oldest(vcpu))) {
        out_text_lines("", text, text_element(text, sizeof(text), element, 0));
        trace_ring_drop(vcpu);
    }
    trace_ring_publish(vcpu->ring);
}

static void close_frame(void)
{
    size_t n = wire_finish(&encoder);

    frame_open = false;
    out_end += n;
    sequence += n != 0;
}

/* One frame of elements. */
static void encode_frame(struct vcpu *vcpu)
{
    const struct trace_element *element = trace_ring_oldest(vcpu);

    if (!element)
        return;
    wire_begin(&encoder, out_room(FRAME_SIZE), FRAME_SIZE, sequence, vcpu->id, vcpu->ring->sent);
    frame_open = true;
    for (; element && wire_add(&encoder, element); element = trace_ring_oldest(vcpu))
        trace_ring_drop(vcpu);
    trace_ring_publish(vcpu->ring);
    close_frame();
}

/* Whether an element waits that is worth a frame: sending is not to cause sending. */
static bool frame_due(const struct vcpu *vcpu)
{
    return trace_ring_pending(vcpu) > own_exits;
}

/* Gives the port what it takes; makes a new frame only when the last one has gone. */
static void drain(struct vcpu *vcpu)
{
    if (out_begin == out_end && frame_due(vcpu)) {
        out_begin = out_end = 0;
        own_exits = 0;
        if (options.text)
            encode_text(vcpu);
        else
            encode_frame(vcpu);
    }
    out_pump();
}

static bool something_waits(const struct vcpu *vcpu)
{
    return out_begin != out_end || frame_due(vcpu);
}

/* In lossless mode the guest waits here until half of the ring is free again. */
static void hold_back(struct vcpu *vcpu)
{
    size_t half = (size_t)(vcpu->ring->end - vcpu->ring->base) / 2;

    if (trace_ring_pending(vcpu) + 2 * 64 < 2 * half)
        return;
    while (trace_ring_pending(vcpu) > half) {
        own_exits = 0; /* the timer's exits alone can fill the ring, too */
        drain(vcpu);
    }
}

static void switch_control(enum vmcs_field field, uint64_t control, bool on)
{
    uint64_t value = vmread(field);

    vmwrite(field, on ? value | control : value & ~control);
}

/*
 * SDM: "VMX-Preemption Timer". Its rate is TSC >> IA32_VMX_MISC[4:0]. Where the processor can save
 * what is left at an exit, the period is one of the guest's time however often it exits; else it
 * begins anew at each entry.
 */
static void timer_set(bool on)
{
    if (on == timer_on || !options.timer_ticks)
        return;
    timer_on = on;
    vmwrite(VMCS_PREEMPTION_TIMER_VALUE, options.timer_ticks);
    switch_control(VMCS_PIN_BASED_CONTROLS, PIN_ACTIVATE_PREEMPTION_TIMER, on);
    if (options.timer_saves)
        switch_control(VMCS_EXIT_CONTROLS, EXIT_SAVE_PREEMPTION_TIMER_VALUE, on);
}

/* What the ring wants now and then: sent, held back for, and the timer on while something waits. */
static void attend(struct vcpu *vcpu)
{
    if (options.lossless)
        hold_back(vcpu);
    drain(vcpu);
    timer_set(out_begin != out_end || trace_ring_pending(vcpu) + 1 > own_exits);
}

struct vcpu *trace_commit_slowly(struct vcpu *vcpu)
{
    if (!options.memory)
        attend(vcpu);
    vcpu->element->entry_tsc = rdtsc();
    trace_ring_hand_over(vcpu);
    trace_ring_next(vcpu);
    if (!timer_on && options.timer_ticks && vcpu->element != vcpu->ring->aside)
        vcpu->element_limit = vcpu->element + 1; /* the next one starts the timer */
    return vcpu;
}

uint64_t drain_tick(struct vcpu *vcpu)
{
    uint64_t waiting = trace_ring_pending(vcpu);

    drain(vcpu);
    if (options.text)
        out_wait_for(TEXT_TICK);
    if (options.timer_saves)
        vmwrite(VMCS_PREEMPTION_TIMER_VALUE, options.timer_ticks);
    if (!vcpu->tracing)
        timer_set(something_waits(vcpu));
    else if (vcpu->element != vcpu->ring->aside)
        own_exits++; /* the one that is being handled */
    if (out_begin == out_end && waiting < own_exits)
        vcpu->element_limit = vcpu->element + 1; /* its record is the last before silence */
    return waiting;
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

static void flush_line(void)
{
    if (!line_length)
        return;
    trace_memory_text(traced, line, line_length);
    if (options.memory) {
        line_length = 0;
        return;
    }
    line[line_length++] = '\r';
    line[line_length++] = '\n';
    memcpy(out_room(line_length), line, line_length);
    out_end += line_length;
    line_length = 0;
    out_pump();
}

void log_putc(char c)
{
    if (c == '~' && !line_length)
        line[line_length++] = ' '; /* a record line begins with it */
    if (c != '\n' && c != '\r')
        line[line_length++] = (uint8_t)c >= NEVER_IN_TEXT ? '?' : c;
    if (c != '\n' && line_length < TEXT_LINE)
        return;
    flush_line();
    if (out_begin != out_end)
        timer_set(true);
}

void trace_out_flush(void)
{
    if (!traced)
        return;
    if (options.memory) {
        flush_line();
        return;
    }
    out_wait();
    own_exits = 0;
    while (trace_ring_pending(traced)) {
        drain(traced);
        out_wait();
    }
    flush_line();
    out_wait();
    serial_flush(&options.port);
}

void trace_out_last_exit(struct vcpu *vcpu)
{
    if (!vcpu->tracing || vcpu->ring->sent_aside)
        return;
    trace_out_flush();
    trace_ring_settle(vcpu); /* this exit is not to be among the lost ones */

    struct trace_element exit = *vcpu->element;

    vcpu->element->kind = TRACE_EXIT_ONLY;
    if (trace_ring_hand_over(vcpu) == vcpu->element_limit)
        trace_ring_next(vcpu);
    *vcpu->element = exit;
    trace_ring_set_aside(vcpu);
}

static void send_blob(enum wire_kind kind, const char *word, const void *payload, size_t n)
{
    if (options.text) {
        out_text_lines(word, payload, n);
    } else {
        uint8_t *frame = out_room(n + WIRE_OVERHEAD);

        out_end += wire_blob(frame, n + WIRE_OVERHEAD, kind, sequence++, payload, n);
    }
    out_wait();
}

static void send_statistics(void)
{
    static union {
        uint8_t frame[STATISTICS_PAYLOAD_MAX];
        char text[TEXT_STATISTICS_MAX];
    } buf;
    size_t n;

    if (options.text) {
        n = text_statistics(buf.text, sizeof(buf.text), traced->id, traced->statistics);
        out_text_lines("", buf.text, n);
        out_wait();
    } else {
        n = statistics_encode(buf.frame, sizeof(buf.frame), traced->id, traced->statistics);
        send_blob(WIRE_STATISTICS, "", buf.frame, n);
    }
}

void trace_out_finish(uint32_t status, const char *reason)
{
    static struct trace_end end;
    static char payload[END_PAYLOAD_MAX];
    size_t n;

    if (!traced)
        return;
    trace_out_flush();
    trace_ring_settle(traced); /* there is room for the last lost record now */
    trace_out_flush();
    end.status = status;
    format(end.reason, sizeof(end.reason), "%s", reason);
    end.vcpus = 1;
    end.vcpu[0].generated = trace_ring_generated(traced);
    end.vcpu[0].lost = traced->ring->lost;
    n = end_encode(payload, sizeof(payload), &end);
    trace_memory_end(payload, n);
    if (!options.memory) {
        send_statistics();
        send_blob(WIRE_END, "end ", payload, n);
        serial_flush(&options.port);
    }
    trace_memory_complete();
}

void trace_out_panic(uint32_t status, const char *reason)
{
    if (!traced)
        return;
    if (frame_open)
        close_frame();
    if (traced->launched)
        trace_out_last_exit(traced);
    trace_out_finish(status, reason);
}

static uint32_t text_period(uint32_t ticks)
{
    const uint32_t bursts = TEXT_TICK / 16;

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
    send_blob(WIRE_START, "start ", payload, n);
}
