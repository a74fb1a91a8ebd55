/* SPDX-License-Identifier: MIT */
/* The words of the guest's command line: NAME or NAME=VALUE, between blanks. */
#ifndef GUEST_COMMAND_LINE_H
#define GUEST_COMMAND_LINE_H

#include <stdbool.h>
#include <stdint.h>

void command_line_set(const char *text);

/* The word is there, with or without a value. */
bool command_line_has(const char *name);

/* The word's list of names has item, or the word is not there or has no value. */
bool command_line_selects(const char *name, const char *item);

/* Sets *value to the word's number (0x for hexadecimal) where it is there. */
void command_line_number(const char *name, uint64_t *value);

#endif
