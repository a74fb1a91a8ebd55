/* SPDX-License-Identifier: MIT */
/* The parts of exit qualifications, by exit reason. */
#ifndef TRACE_HOST_SHOW_FIELDS_H
#define TRACE_HOST_SHOW_FIELDS_H

#include <stddef.h>
#include <stdint.h>

enum field_form { FIELD_DEC, FIELD_HEX, FIELD_FLAG, FIELD_WORDS };

struct field {
    uint32_t reason;      /* basic exit reason */
    const char *name;     /* "direction" */
    unsigned first, last; /* bits of the exit qualification */
    enum field_form form;
    const char *words; /* WORDS: "out|in" */
};

extern const struct field fields[];
extern const size_t fields_n;

/* The field's value in an exit qualification. */
static inline uint64_t field_value(const struct field *field, uint64_t qualification)
{
    return qualification >> field->first & ((2ULL << (field->last - field->first)) - 1);
}

enum { FIELD_TEXT = 24 };

/* A value as text: "in", "0x1f", "3"; a number where no word is defined for it. */
void field_text(char text[FIELD_TEXT], const struct field *field, uint64_t value);

#endif
