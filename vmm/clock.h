/* SPDX-License-Identifier: MIT */
/* How fast the time-stamp counter runs. */
#ifndef VMM_CLOCK_H
#define VMM_CLOCK_H

#include <stdint.h>

/*
 * TSC ticks per second, measured against channel 2 of the 8254 timer over 10 ms; 0 where that timer
 * does not run. CPUID leaf 15H is not asked: emulators and nested machines report another clock's.
 */
uint64_t clock_tsc_hz(void);

#endif
