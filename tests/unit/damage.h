/* SPDX-License-Identifier: MIT */
/* What may happen to a log on its way: units left out, sent twice, moved; bytes changed or gone. */
#ifndef TESTS_UNIT_DAMAGE_H
#define TESTS_UNIT_DAMAGE_H

#include <stdarg.h>

#include "tests/unit/known_log.h"

enum { DAMAGE_UNITS = KNOWN_UNITS + 16, DAMAGE_REACH = 60 };

struct damaged_log {
    unsigned units;
    unsigned unit[DAMAGE_UNITS]; /* numbers of the units that are sent, in their order */
    bool bytes_changed;          /* more happened than whole units left out, moved or repeated */
    size_t length;
    uint8_t bytes[2 * KNOWN_BYTES];
    size_t told;
    char story[2000]; /* what happened, for people */
};

static inline void __attribute__((format(printf, 2, 3)))
damage_tell(struct damaged_log *log, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int n = vsnprintf(log->story + log->told, sizeof(log->story) - log->told, format, arguments);
    va_end(arguments);
    log->told += (size_t)n < sizeof(log->story) - log->told ? (size_t)n : 0;
}

/* Puts a unit before the one at place `at`. */
static inline void damage_insert(struct damaged_log *log, unsigned at, unsigned unit)
{
    memmove(&log->unit[at + 1], &log->unit[at], (log->units - at) * sizeof(log->unit[0]));
    log->unit[at] = unit;
    log->units++;
}

static inline void damage_remove(struct damaged_log *log, unsigned at)
{
    log->units--;
    memmove(&log->unit[at], &log->unit[at + 1], (log->units - at) * sizeof(log->unit[0]));
}

/*
 * Leaves a unit out, sends it twice or moves it. START stays where it is, as it begins another run
 * where it stands later; so do the lines of END, which are read as one piece.
 */
static inline void damage_units(struct damaged_log *log, const struct known_log *from,
                                uint64_t *random)
{
    if (!log->units)
        return;

    unsigned at = (unsigned)random_below(random, log->units), unit = log->unit[at];
    unsigned left = log->units - at < DAMAGE_REACH ? log->units - at : DAMAGE_REACH;
    unsigned to = at + (unsigned)random_below(random, left);
    bool fixed =
        from->unit[unit].kind == UNIT_START || (from->lines && from->unit[unit].kind == UNIT_END);

    switch (random_below(random, fixed ? 1 : 3)) {
    case 0:
        damage_tell(log, "unit %u left out; ", unit);
        damage_remove(log, at);
        break;
    case 1:
        damage_tell(log, "unit %u twice, again after %u; ", unit, log->unit[to]);
        damage_insert(log, to + 1, unit);
        break;
    default:
        damage_tell(log, "unit %u moved behind %u; ", unit, log->unit[to]);
        damage_remove(log, at);
        damage_insert(log, to, unit);
    }
}

/* Writes out the units, each with the text that follows it. */
static inline void damage_send(struct damaged_log *log, const struct known_log *from)
{
    size_t begin = from->unit[0].begin;

    memcpy(log->bytes, from->bytes, begin);
    log->length = begin;
    for (unsigned i = 0; i < log->units; i++) {
        unsigned unit = log->unit[i];
        size_t at = from->unit[unit].begin;
        size_t next = unit + 1 < from->units ? from->unit[unit + 1].begin : from->length;

        memcpy(log->bytes + log->length, from->bytes + at, next - at);
        log->length += next - at;
    }
}

/* Replaces `gone` bytes at `at` by n random ones. */
static inline void damage_splice(struct damaged_log *log, uint64_t *random, size_t at, size_t gone,
                                 size_t n)
{
    memmove(log->bytes + at + n, log->bytes + at + gone, log->length - at - gone);
    log->length += n - gone;
    for (size_t i = 0; i < n; i++)
        log->bytes[at + i] = (uint8_t)random_next(random);
}

/* Flips a bit, or cuts off the end or (no more lines than their numbers can tell) the beginning. */
static inline void damage_bit_or_end(struct damaged_log *log, uint64_t *random)
{
    size_t at = random_below(random, log->length), few = at < 4000 ? at : 4000;

    switch (random_below(random, 6)) {
    case 0:
        damage_tell(log, "cut before byte %zu; ", at);
        log->length = at;
        break;
    case 1:
        damage_tell(log, "%zu bytes cut from the beginning; ", few);
        damage_splice(log, random, 0, few, 0);
        break;
    default:
        damage_tell(log, "a bit of byte %zu flipped; ", at);
        log->bytes[at] ^= (uint8_t)(1u << random_below(random, 8));
    }
}

/* Replaces some bytes by random ones, takes some away, or puts some in. */
static inline void damage_bytes(struct damaged_log *log, uint64_t *random)
{
    size_t at = random_below(random, log->length), most = log->length - at;
    size_t gone = random_below(random, 60), n = random_below(random, 60);

    if (gone > most)
        gone = most;
    if (random_below(random, 3) == 0)
        n = 0;
    else if (random_below(random, 2))
        gone = 0;
    damage_tell(log, "%zu bytes at %zu became %zu others; ", gone, at, n);
    damage_splice(log, random, at, gone, n);
}

/*
 * Sends a log with as much damage as the seed has. Lines get no more than flipped bits: their short
 * checksum would take one of 65536 other changes for good.
 */
static inline void damage(struct damaged_log *log, const struct known_log *from, uint64_t seed)
{
    uint64_t random = seed;

    memset(log, 0, offsetof(struct damaged_log, bytes));
    log->told = 0;
    log->story[0] = '\0';
    for (log->units = 0; log->units < from->units; log->units++)
        log->unit[log->units] = log->units;
    for (uint64_t n = random_below(&random, 5); n; n--)
        damage_units(log, from, &random);
    damage_send(log, from);
    for (uint64_t n = random_below(&random, 5); n && log->length; n--) {
        log->bytes_changed = true;
        if (from->lines || random_below(&random, 2))
            damage_bit_or_end(log, &random);
        else
            damage_bytes(log, &random);
    }
}

#endif
