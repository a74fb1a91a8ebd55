/* SPDX-License-Identifier: MIT */
/*
 * From the ring to the port: elements become frames or lines, the guest's text comes between them
 * where it belongs, and the port gets what it takes.
 */
#ifndef VMM_TRACE_PORT_H
#define VMM_TRACE_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "trace/wire.h"
#include "vmm/serial.h"
#include "vmx/vcpu.h"

/* From here on the port is the trace's. text: readable lines instead of frames. */
void trace_port_begin(const struct serial *port, bool text);

/*
 * Whether anything waits: bytes that the port has not taken, text, or more than `own` elements in
 * the ring, which alone are no reason for a frame.
 */
bool trace_port_waits(const struct vcpu *vcpu, size_t own);

/* Whether the guest's text waits and leaves no room for another line of it. */
bool trace_port_text_full(void);

/* Whether bytes wait that the port has not taken. */
bool trace_port_busy(void);

/*
 * Makes the next piece, if what was made before has gone and more than `own` elements or text wait:
 * a frame, record lines, or the text that is due. True: records were in it.
 */
bool trace_port_make(struct vcpu *vcpu, size_t own);

/* Gives the port what it takes at once, up to what its FIFO holds. Returns how much that was. */
size_t trace_port_pump(void);

/* Waits until the port has taken n bytes more, or all that was made. */
void trace_port_wait_for(size_t n);

/* Waits until all that was made has left the port. */
void trace_port_flush(void);

/* Sends a START, STATISTICS or END payload and waits for it. word: what each of its lines begins with. */
void trace_port_blob(enum wire_kind kind, const char *word, const void *payload, size_t n);

/* Where a panic came while a frame was made: completes it with the elements that are in it. */
void trace_port_close(void);

#endif
