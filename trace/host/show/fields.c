/* SPDX-License-Identifier: MIT */
/* The parts of exit qualifications. */
#include "trace/host/show/fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "trace/exit_reasons.h"

const struct field fields[] = {
#define DEC          FIELD_DEC, NULL
#define HEX          FIELD_HEX, NULL
#define FLAG         FIELD_FLAG, NULL
#define WORDS(words) FIELD_WORDS, words
#define FIELD(reason, name, first, last, values)                                                   \
    { EXIT_REASON_##reason, name, first, last, values },
#include "trace/host/show/fields.def"
};

const size_t fields_n = sizeof(fields) / sizeof(fields[0]);

void field_text(char text[FIELD_TEXT], const struct field *field, uint64_t value)
{
    const char *word = field->words;

    for (uint64_t i = 0; word && i < value; i++) {
        word = strchr(word, '|');
        if (word)
            word++;
    }
    if (word && strcspn(word, "|"))
        snprintf(text, FIELD_TEXT, "%.*s", (int)strcspn(word, "|"), word);
    else
        snprintf(text, FIELD_TEXT, field->form == FIELD_HEX ? "0x%" PRIx64 : "%" PRIu64, value);
}
