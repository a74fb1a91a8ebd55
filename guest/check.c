/* SPDX-License-Identifier: MIT */
/* How the guest reports, counts and ends. */
#include "guest/check.h"

#include <stdarg.h>
#include <stddef.h>

#include "guest/console.h"
#include "guest/departures.h"
#include "guest/ending.h"
#include "vmm/format.h"

struct surroundings surroundings;

struct sum {
    unsigned done, failed;
};

static struct sum common, vexit_only, *sum = &common;
static unsigned known; /* departures of the machine's */

static const char *class = "boot";

void check_class(const char *name)
{
    class = name;
}

void check_vexit_begin(void)
{
    sum = &vexit_only;
}

void check_vexit_end(void)
{
    sum = &common;
}

static const char *scope(void)
{
    return sum == &vexit_only ? "vexit: " : "";
}

/* The line of a check: verdict, class, text and, if it failed, what was seen. */
static bool report(bool good, const char *text, const char *seen)
{
    bool departs = !good && departure_known(class, text);

    sum->done++;
    sum->failed += !good && !departs;
    known += departs;
    if (good && !surroundings.quiet)
        console_line("%sok %s %s", scope(), class, text);
    else if (!good)
        console_line("%s%s %s %s%s", scope(), departs ? "known" : "FAIL", class, text, seen);
    return good;
}

enum { TEXT_BYTES = 160 };

#define FORMAT_TEXT(text, fmt)                                                                     \
    do {                                                                                           \
        va_list ap;                                                                                \
        va_start(ap, fmt);                                                                         \
        vformat(text, sizeof(text), fmt, ap);                                                      \
        va_end(ap);                                                                                \
    } while (0)

bool check(bool good, const char *fmt, ...)
{
    char text[TEXT_BYTES];

    FORMAT_TEXT(text, fmt);
    return report(good, text, "");
}

bool check_equal(uint64_t got, uint64_t want, const char *fmt, ...)
{
    char text[TEXT_BYTES], seen[64];

    FORMAT_TEXT(text, fmt);
    format(seen, sizeof(seen), ": %#lx, not %#lx", got, want);
    return report(got == want, text, seen);
}

static bool has_error_code(unsigned vector)
{
    return vector == EXCEPTION_DF || (vector >= EXCEPTION_TS && vector <= EXCEPTION_PF) ||
           vector == EXCEPTION_AC;
}

static void describe(char *text, size_t n, const struct trap *trap)
{
    if (trap->vector == NO_TRAP)
        format(text, n, ": nothing");
    else
        format(text, n, ": %s(%#lx), vector %d, %s it, RFLAGS %#lx",
               trap_name((unsigned)trap->vector), trap->error_code, trap->vector,
               trap->place == TRAP_AT ? "RIP at" : "RIP behind", trap->rflags);
}

bool check_fault(struct trap trap, unsigned vector, uint64_t error_code, const char *fmt, ...)
{
    char text[TEXT_BYTES], what[TEXT_BYTES], seen[128];
    bool good = trap.vector == (int)vector && trap.place == TRAP_AT &&
                trap.error_code == error_code && (trap.rflags & RFLAGS_RF);

    FORMAT_TEXT(what, fmt);
    if (has_error_code(vector))
        format(text, sizeof(text), "%s takes %s(%#lx)", what, trap_name(vector), error_code);
    else
        format(text, sizeof(text), "%s takes %s", what, trap_name(vector));
    describe(seen, sizeof(seen), &trap);
    return report(good, text, seen);
}

bool check_trap(struct trap trap, unsigned vector, const char *fmt, ...)
{
    char text[TEXT_BYTES], what[TEXT_BYTES], seen[128];
    bool good =
        trap.vector == (int)vector && trap.place == TRAP_BEHIND && !(trap.rflags & RFLAGS_RF);

    FORMAT_TEXT(what, fmt);
    format(text, sizeof(text), "%s takes %s behind it", what, trap_name(vector));
    describe(seen, sizeof(seen), &trap);
    return report(good, text, seen);
}

bool check_clean(struct trap trap, const char *fmt, ...)
{
    char text[TEXT_BYTES], seen[128];

    FORMAT_TEXT(text, fmt);
    describe(seen, sizeof(seen), &trap);
    return report(trap.vector == NO_TRAP, text, seen);
}

void check_note(const char *fmt, ...)
{
    va_list ap;

    if (surroundings.quiet)
        return;
    va_start(ap, fmt);
    console_vline(scope(), fmt, ap);
    va_end(ap);
}

unsigned check_summary(void)
{
    console_line("done %u checks, %u failed", common.done, common.failed);
    if (surroundings.vexit)
        console_line("vexit: done %u checks, %u failed", vexit_only.done, vexit_only.failed);
    if (known)
        console_line("known: %u departures of the machine's", known);
    return common.failed + vexit_only.failed;
}

void check_abort(const char *fmt, ...)
{
    char text[TEXT_BYTES];

    FORMAT_TEXT(text, fmt);
    report(false, text, "");
    unsigned failed = check_summary();

    console_flush();
    ending(failed);
}
