/* SPDX-License-Identifier: MIT */
/* The names of slots as other formats want them. */
#include "trace/host/export/slot_names.h"

#include <ctype.h>

void slot_name(char name[SCHEMA_NAME + 1], const struct piece *piece)
{
    size_t n = 0;

    for (size_t i = 1; i < piece->length && piece->text[i] != '=' && n < SCHEMA_NAME; i++)
        name[n++] = isalnum((unsigned char)piece->text[i]) ? piece->text[i] : '_';
    name[n] = '\0';
}
