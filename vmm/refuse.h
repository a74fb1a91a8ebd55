/* SPDX-License-Identifier: MIT */
/* A refusal: the one line that names what is wrong and what to do about it. */
#ifndef VMM_REFUSE_H
#define VMM_REFUSE_H

#include <stdarg.h>
#include <stdbool.h>

#include "vmm/format.h"

struct refusal {
    char line[240];
};

/* Fills the line ("fact; remedy", no newline) and returns false, so that a check can end with it. */
static inline bool __attribute__((format(printf, 2, 3)))
refuse(struct refusal *why, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vformat(why->line, sizeof(why->line), fmt, ap);
    va_end(ap);
    return false;
}

#endif
