/* SPDX-License-Identifier: MIT */
/* The options of the VMM's command line; vmm/options.def lists them. */
#ifndef VMM_OPTIONS_H
#define VMM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/power.h"
#include "vmm/refuse.h"
#include "vmm/serial.h"

enum { OPTION_TEXT_MAX = 512 };

enum drain { DRAIN_AUTO, DRAIN_STEADY, DRAIN_BURST };

struct options {
    char text[OPTION_TEXT_MAX];  /* the words as given, "--" and what follows cut off */
    char guest[OPTION_TEXT_MAX]; /* what follows "--": the built-in guest's command line */
    char exits[OPTION_TEXT_MAX]; /* the class list */
    uint64_t ring;               /* bytes */
    bool port_given;             /* else `port` is to be chosen */
    struct serial port;
    uint32_t baud;
    bool text_wire, lossless, trace, timer;
    bool memory; /* the trace stays in memory; `port` is SERIAL_NONE */
    enum drain drain;
    enum power_at_end at_end;
};

/*
 * Reads a command line: words name=value, then perhaps "--" and the built-in guest's words. Pure.
 * False with the reason for an unknown name, a value out of range, or a line that is too long.
 */
bool options_parse(struct options *options, const char *line, struct refusal *why);

#endif
