/* SPDX-License-Identifier: MIT */
/* What exits: always, and for the sake of tracing by the option exits= . */
#ifndef VMX_INTERCEPT_H
#define VMX_INTERCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/refuse.h"
#include "vmm/serial.h"
#include "vmx/capabilities.h"
#include "vmx/exit_state.h"

enum intercept_class {
#define INTERCEPT_CLASS(id, name, pin, primary, secondary, words) INTERCEPT_##id,
#include "vmx/intercept_classes.def"
    INTERCEPT_CLASSES,
};

/* What the user asked for. */
struct intercept_request {
    uint32_t classes;    /* bit n: enum intercept_class n */
    uint32_t exceptions; /* bit n: exceptions of vector n */
    bool all;            /* everything that this processor offers */
};

enum { BITMAP_BYTES = 4096 };

/* What a vCPU intercepts: values for its VMCS. The bitmaps are used by the processor directly. */
struct intercepts {
    uint8_t io_bitmap_a[BITMAP_BYTES] __attribute__((aligned(BITMAP_BYTES))); /* 0 to 0x7fff */
    uint8_t io_bitmap_b[BITMAP_BYTES];                                        /* 0x8000 to 0xffff */
    uint8_t msr_bitmap[BITMAP_BYTES];
    uint32_t pin, primary, secondary; /* controls wanted beyond what the VMM needs anyway */
    uint32_t exceptions;              /* exception bitmap */
    uint64_t xss;                     /* XSS-exiting bitmap */
    uint64_t cr0_mask, cr4_mask;      /* guest/host masks */
    uint16_t own_port, own_ports;     /* I/O ports that are the VMM's: the first, and how many */
    struct exit_state state;
};

/*
 * intercept_parse - reads the value of exits= : class names and "exc=N" (0-31, decimal), separated
 * by commas; "exc" alone means all vectors; "default" asks for nothing more, "all" for everything.
 * Pure. False with the reason for a word that is none of these.
 */
bool intercept_parse(const char *list, struct intercept_request *request, struct refusal *why);

/*
 * intercept_apply - fills everything of *intercepts but the state: what always has to exit and what
 * was asked for. port: the VMM's own. False where a class was named that the processor does not
 * offer; "all" takes what there is.
 */
bool intercept_apply(const struct intercept_request *request, const struct vmx_capabilities *caps,
                     const struct serial *port, struct intercepts *intercepts, struct refusal *why);

/*
 * intercept_tsc - from now on, those registers exit too that would show the processor's time-stamp
 * counter, or be compared with it, in place of the guest's (vmx/guest_tsc.h).
 */
void intercept_tsc(struct intercepts *intercepts);

#endif
