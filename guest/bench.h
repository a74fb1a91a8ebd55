/* SPDX-License-Identifier: MIT */
/* What exits cost, measured from inside the guest. */
#ifndef GUEST_BENCH_H
#define GUEST_BENCH_H

/*
 * Prints a line `bench NAME TICKS` for each kind of exit, and as guest of vexit also one
 * `bench NAME-traced TICKS`. Ticks of RDTSC for one exit, the guest's own instruction and what sets
 * its operands included: instructions, where the machine counts those. The command line's word
 * bench=NAME[,NAME..] chooses.
 */
void bench(void);

#endif
