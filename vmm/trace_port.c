/* SPDX-License-Identifier: MIT */
/* From the ring to the port. */
#include "vmm/trace_port.h"

#include "trace/text.h"
#include "trace/wire_encoder.h"
#include "vmm/format.h"
#include "vmm/string.h"
#include "vmm/trace_memory.h"
#include "vmm/trace_ring.h"

enum {
    OUT_SIZE = 1 << 16,   /* holds the longest frame or text that is made here */
    FRAME_SIZE = 1 << 13, /* of trace frames: what one damaged byte can cost */
    TEXT_BATCH = OUT_SIZE / 2,
};

static struct serial port;
static bool as_text;
static struct wire_encoder encoder;
static uint32_t sequence;
static uint8_t text_sequence;
static uint8_t out[OUT_SIZE];
static size_t out_begin, out_end; /* bytes not yet taken by the port */
static uint64_t lines_sent;       /* of the guest's text */
static bool frame_open;           /* a panic may come while a frame is being made */

void trace_port_begin(const struct serial *chosen, bool text)
{
    port = *chosen;
    as_text = text;
}

bool trace_port_busy(void)
{
    return out_begin != out_end;
}

void trace_port_wait_for(size_t n)
{
    if (n > out_end - out_begin)
        n = out_end - out_begin;
    serial_write(&port, out + out_begin, n);
    out_begin += n;
}

static void wait_for_all(void)
{
    trace_port_wait_for(out_end - out_begin);
    out_begin = out_end = 0;
}

void trace_port_flush(void)
{
    wait_for_all();
    serial_flush(&port);
}

size_t trace_port_pump(void)
{
    size_t taken = serial_offer(&port, out + out_begin, out_end - out_begin);

    out_begin += taken;
    return taken;
}

/* Room for n bytes at out + out_end, waiting for the port if need be. */
static uint8_t *out_room(size_t n)
{
    if (out_begin == out_end)
        out_begin = out_end = 0;
    if (OUT_SIZE - out_end < n)
        wait_for_all();
    return out + out_end;
}

static void put_record_line(const char *text, size_t n)
{
    uint8_t *to = out_room(n + TEXT_WIRE_OVERHEAD);

    out_end += text_wire_line((char *)to, n + TEXT_WIRE_OVERHEAD, &text_sequence, text, n);
}

/* Each line of a text behind a word: the text form of START, STATISTICS and END. */
static void put_record_lines(const char *word, const char *text, size_t n)
{
    static char buf[TEXT_STATISTICS_LINE_MAX]; /* no other line is as long */

    for (size_t begin = 0; begin < n;) {
        size_t end = begin;

        while (end < n && text[end] != '\n')
            end++;
        size_t length = format(buf, sizeof(buf), "%s", word);

        for (size_t i = begin; i < end && length < sizeof(buf); i++)
            buf[length++] = text[i];
        put_record_line(buf, length);
        begin = end + 1;
    }
}

/* The oldest line of the guest's text that has not been sent; NULL: there is none. */
static const struct trace_memory_line *waiting_line(void)
{
    return trace_memory_line(lines_sent);
}

/* All lines of text that come before the oldest element of the ring. */
static void put_text(const struct vcpu *vcpu)
{
    const struct trace_memory_line *line;

    while ((line = waiting_line()) && line->before <= vcpu->ring->tail) {
        uint8_t *to = out_room(line->length + 2u);

        memcpy(to, line->text, line->length);
        to[line->length] = '\r';
        to[line->length + 1] = '\n';
        out_end += line->length + 2u;
        lines_sent++;
    }
}

/* The oldest element, unless a line of text comes before it. */
static const struct trace_element *oldest_before_text(const struct vcpu *vcpu)
{
    const struct trace_memory_line *line = waiting_line();

    return line && line->before <= vcpu->ring->tail ? NULL : trace_ring_oldest(vcpu);
}

static void put_lines(struct vcpu *vcpu)
{
    char text[TEXT_ELEMENT_MAX];
    const struct trace_element *element;

    while (out_end < TEXT_BATCH && (element = oldest_before_text(vcpu))) {
        put_record_lines("", text, text_element(text, sizeof(text), element, 0));
        trace_ring_drop(vcpu);
    }
}

void trace_port_close(void)
{
    size_t n = frame_open ? wire_finish(&encoder) : 0;

    frame_open = false;
    out_end += n;
    sequence += n != 0;
}

static void put_frame(struct vcpu *vcpu)
{
    const struct trace_element *element = oldest_before_text(vcpu);

    if (!element)
        return;
    wire_begin(&encoder, out_room(FRAME_SIZE), FRAME_SIZE, sequence, vcpu->id, vcpu->ring->sent);
    frame_open = true;
    for (; element && wire_add(&encoder, element); element = oldest_before_text(vcpu))
        trace_ring_drop(vcpu);
    trace_port_close();
}

bool trace_port_text_full(void)
{
    return waiting_line() && !trace_memory_room(lines_sent);
}

/* Whether there is more than `own` elements, or text: what is worth a piece of its own. */
static bool is_due(const struct vcpu *vcpu, size_t own)
{
    return trace_ring_pending(vcpu) > own || waiting_line();
}

bool trace_port_waits(const struct vcpu *vcpu, size_t own)
{
    return trace_port_busy() || is_due(vcpu, own);
}

bool trace_port_make(struct vcpu *vcpu, size_t own)
{
    uint64_t before = vcpu->ring->tail;

    if (trace_port_busy() || !is_due(vcpu, own))
        return false;
    out_begin = out_end = 0;
    put_text(vcpu);
    if (as_text)
        put_lines(vcpu);
    else
        put_frame(vcpu);
    trace_ring_publish(vcpu->ring);
    return vcpu->ring->tail != before;
}

void trace_port_blob(enum wire_kind kind, const char *word, const void *payload, size_t n)
{
    if (as_text) {
        put_record_lines(word, payload, n);
    } else {
        uint8_t *frame = out_room(n + WIRE_OVERHEAD);

        out_end += wire_blob(frame, n + WIRE_OVERHEAD, kind, sequence++, payload, n);
    }
    wait_for_all();
}
