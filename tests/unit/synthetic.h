/* SPDX-License-Identifier: MIT */
/* A synthetic trace with the loops of a Linux boot in it, for tests and measurements. */
#ifndef TESTS_UNIT_SYNTHETIC_H
#define TESTS_UNIT_SYNTHETIC_H

#include "tests/unit/random.h"
#include "trace/exit_reasons.h"
#include "trace/record.h"

/*
 * jitter: how many ticks times vary by at random; 0 is an emulator that counts instructions, some
 * hundred is a processor.
 */
struct synthetic {
    uint64_t random;
    uint64_t tsc;
    unsigned jitter;
    unsigned loop; /* which of the loops runs */
    unsigned step; /* where in its round it is */
    unsigned left; /* rounds until another loop is chosen */
    uint64_t data;
};

#define SYNTHETIC_KERNEL UINT64_C(0xffffffff81000000)

/* Fills in one exit, `gap` ticks after the entry before it. */
static inline void synthetic_exit(struct synthetic *s, struct trace_element *e, uint32_t reason,
                                  uint64_t rip, uint64_t gap, uint64_t handling)
{
    unsigned jitter = s->jitter;

    *e = (struct trace_element){ .reason = reason, .rip = SYNTHETIC_KERNEL + rip, .written = 1 };
    e->exit_tsc = s->tsc + gap + (jitter ? random_below(&s->random, jitter) : 0);
    e->entry_tsc = e->exit_tsc + handling + (jitter ? random_below(&s->random, jitter) : 0);
    e->slot[0] = reason;
    s->tsc = e->entry_tsc;
}

static inline void synthetic_slot(struct trace_element *e, unsigned slot, uint64_t value)
{
    e->slot[slot] = value;
    e->written |= (uint8_t)(1 << slot);
}

static inline void synthetic_port(struct trace_element *e, uint16_t port, bool in, uint64_t value)
{
    e->qualification = (uint64_t)port << 16 | (in ? 8 : 0);
    synthetic_slot(e, 1, port);
    synthetic_slot(e, in ? 3 : 2, value);
    synthetic_slot(e, 4, e->qualification);
}

static inline void synthetic_tsc(struct synthetic *s, struct trace_element *e, bool rdtscp,
                                 uint64_t rip, uint64_t gap)
{
    synthetic_exit(s, e, rdtscp ? EXIT_REASON_RDTSCP : EXIT_REASON_RDTSC, rip, gap, 71);
    synthetic_slot(e, 1, e->exit_tsc + 31);
    if (rdtscp)
        synthetic_slot(e, 2, 0);
}

/* Serial output: the line status is polled with udelay(1) between, eight polls a character. */
static inline void synthetic_serial(struct synthetic *s, struct trace_element *e)
{
    unsigned step = s->step++ % 26;

    if (step == 25) {
        synthetic_exit(s, e, EXIT_REASON_IO_INSTRUCTION, 0x5c1230, 96, 92);
        synthetic_port(e, 0x3f8, false, 32 + random_below(&s->random, 95));
    } else if (step % 3 == 0) {
        synthetic_exit(s, e, EXIT_REASON_IO_INSTRUCTION, 0x5c1234, 41, 90);
        synthetic_port(e, 0x3fd, true, step == 24 ? 0x60 : 0);
    } else {
        synthetic_tsc(s, e, true, step % 3 == 1 ? 0x4a2000 : 0x4a2014, 33);
    }
}

/* A delay by the time-stamp counter: RDTSCP and PAUSE in turn. */
static inline void synthetic_delay(struct synthetic *s, struct trace_element *e)
{
    if (s->step++ % 2)
        synthetic_exit(s, e, EXIT_REASON_PAUSE, 0x4a2020, 14, 60);
    else
        synthetic_tsc(s, e, true, 0x4a2014, 22);
}

/* Spinning by PAUSE alone. */
static inline void synthetic_spin(struct synthetic *s, struct trace_element *e)
{
    synthetic_exit(s, e, EXIT_REASON_PAUSE, 0x0f1100, 9, 60);
}

/* A clock that is read in a loop whose body varies. */
static inline void synthetic_clock(struct synthetic *s, struct trace_element *e)
{
    synthetic_tsc(s, e, false, 0x033300 + 0x40 * random_below(&s->random, 4),
                  300 + random_below(&s->random, 900));
}

/* Address spaces switched at random, with a page invalidated now and then. */
static inline void synthetic_switch(struct synthetic *s, struct trace_element *e)
{
    if (random_below(&s->random, 5) == 0) {
        synthetic_exit(s, e, EXIT_REASON_INVLPG, 0x77780, 700 + random_below(&s->random, 4000), 80);
        e->qualification = 0x7f0000000000 + (random_below(&s->random, 1 << 16) << 12);
        synthetic_slot(e, 4, e->qualification);
        return;
    }
    synthetic_exit(s, e, EXIT_REASON_CR_ACCESS, 0x77700, 2000 + random_below(&s->random, 60000),
                   130);
    e->qualification = 0x3;
    synthetic_slot(e, 1, 0);
    synthetic_slot(e, 2, 3);
    synthetic_slot(e, 3, 0x2a00000 + (random_below(&s->random, 12) << 13));
    synthetic_slot(e, 4, 3);
}

/* An MSR, from a few places. */
static inline void synthetic_msr(struct synthetic *s, struct trace_element *e)
{
    static const uint32_t msr[] = { 0x1b, 0x10, 0x6e0, 0xc0000080, 0x174, 0x3a, 0x8b, 0x1a0 };

    synthetic_exit(s, e, EXIT_REASON_MSR_READ, 0x066600, 150 + random_below(&s->random, 500), 100);
    synthetic_slot(e, 1, msr[random_below(&s->random, 8)]);
    synthetic_slot(e, 2, random_below(&s->random, 1 << 20));
    synthetic_slot(e, 3, 0);
}

/* The next element; exits by reason come in about the proportions of a Linux boot. */
static inline void synthetic_next(struct synthetic *s, struct trace_element *e)
{
    static void (*const loop[])(struct synthetic *, struct trace_element *) = {
        synthetic_serial, synthetic_delay,  synthetic_spin,
        synthetic_clock,  synthetic_switch, synthetic_msr,
    };
    static const unsigned share[] = { 30, 25, 25, 10, 8, 2 };      /* per cent of the choices */
    static const unsigned length[] = { 900, 200, 800, 60, 12, 8 }; /* rounds, on the average */

    if (!s->left) {
        unsigned sum = 0, at = (unsigned)random_below(&s->random, 100) + 1;

        for (s->loop = 0; (sum += share[s->loop]) < at;)
            s->loop++;
        s->step = 0;
        s->left = 1 + (unsigned)random_below(&s->random, 2 * length[s->loop]);
    }
    s->left--;
    loop[s->loop](s, e);
}

#endif
