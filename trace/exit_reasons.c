/* SPDX-License-Identifier: MIT */
/* The exit reasons as a table that code can index. */
#include "trace/exit_reasons.h"

#include <stddef.h>

/* clang-format off */
#define SLOT(name, kind) { name, SLOT_##kind }
#define EMPTY { NULL, SLOT_EMPTY }
/* clang-format on */
#define EXIT_REASON(number, name, words, qualification, s1, s2, s3, s4)                            \
    [number] = { #name, words, qualification, { { NULL, SLOT_EMPTY }, s1, s2, s3, s4 } },

const struct exit_reason_row exit_reasons[EXIT_REASONS] = {
#include "trace/exit_reasons.def"
};

static const struct exit_reason_row unknown;

const struct exit_reason_row *exit_reason_row(uint32_t reason)
{
    uint32_t basic = reason & EXIT_REASON_BASIC;

    return basic < EXIT_REASONS ? &exit_reasons[basic] : &unknown;
}

const char *exit_reason_name(uint32_t reason)
{
    const struct exit_reason_row *row = exit_reason_row(reason);

    return row->name ? row->name : "UNKNOWN";
}
