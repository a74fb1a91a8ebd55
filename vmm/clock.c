/* SPDX-License-Identifier: MIT */
/* How fast the time-stamp counter runs. */
#include "vmm/clock.h"

#include "vmx/x86.h"

enum {
    PORT_CHANNEL_2 = 0x42,
    PORT_COMMAND = 0x43,
    PORT_SPEAKER = 0x61,
    SPEAKER_GATE_2 = 1 << 0,
    SPEAKER_DATA = 1 << 1,
    SPEAKER_OUT_2 = 1 << 5,
    CHANNEL_2_ONE_SHOT = 0xb0, /* both bytes, mode 0: OUT rises when the count is over */
    TIMER_HZ = 1193182,
    PERIODS_PER_SECOND = 100,
    TRIES = 10000000,
};

uint64_t clock_tsc_hz(void)
{
    uint8_t speaker = inb(PORT_SPEAKER);
    uint16_t count = TIMER_HZ / PERIODS_PER_SECOND;
    uint64_t start, end;
    unsigned tries = TRIES;

    outb(PORT_SPEAKER, (uint8_t)((speaker & ~SPEAKER_DATA) | SPEAKER_GATE_2));
    outb(PORT_COMMAND, CHANNEL_2_ONE_SHOT);
    outb(PORT_CHANNEL_2, (uint8_t)count);
    outb(PORT_CHANNEL_2, (uint8_t)(count >> 8));
    start = rdtsc();
    while (!(inb(PORT_SPEAKER) & SPEAKER_OUT_2) && --tries)
        ;
    end = rdtsc();
    outb(PORT_SPEAKER, speaker);
    return tries ? (end - start) * PERIODS_PER_SECOND : 0;
}
